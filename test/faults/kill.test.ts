/** kill -9 at moments nobody chose: whatever was under way, the next run makes it whole. The long form is bench/kill.ts. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, jest, test } from '@jest/globals';
import { dice } from '../../cli/demo/dice.ts';
import { writeFirm } from '../helpers/firm.ts';
import { folder } from '../helpers/folder.ts';
import { expectedOf, ingestedIn } from '../helpers/ingested.ts';
import { killed, program } from '../helpers/program.ts';

jest.setTimeout(400_000);

const kills = 5;
const startsWithinMs = 60_000;
const seed = Date.now() % 1_000_000;

const changedAt = (file: string): number => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** A moment of the start, of the store's start, or after records came into the spool; the first is when a store begins. */
async function momentOf(kill: number, data: string, random: () => number): Promise<void> {
  if (kill % 5 === 0) return await sleep(random() * 1_500);
  const file = join(data, kill % 5 === 1 ? 'clickhouse/endpoint.json' : 'spool/data.mdb');
  const before = changedAt(file);
  const giveUpAt = Date.now() + startsWithinMs;
  while (changedAt(file) === before && Date.now() < giveUpAt) await sleep(5);
  if (kill > 1) await sleep(random() * 800);
}

test(`an import killed ${kills} times at random (seed ${seed}) loses nothing and doubles nothing`, async () => {
  using dir = folder();
  const random = dice(seed).roll;
  let stores = 0;
  for (let kill = 1; kill <= kills; kill += 1) {
    // The logs have grown each time, so that there is something to be killed in.
    const { data } = writeFirm(dir.path, { records: kill * 3_000, seed: 11 });
    const moment = momentOf(kill, data, random);
    const running = program(['import', '--all', '--json'], dir.path);
    const won = await Promise.race([running.ended, moment]);
    if (won) expect(won).toMatchObject({ code: 0, err: '' });
    else stores += (await killed(running)).store.length;
  }
  const firm = writeFirm(dir.path, { records: kills * 3_000, seed: 11 });
  const last = await program(['import', '--all', '--json'], dir.path).ended;
  expect(last).toMatchObject({ code: 0, err: '' });
  expect(stores).toBeGreaterThan(0);
  const { records, rejects, odd } = await ingestedIn(firm.data);
  expect(odd).toEqual([]);
  expect({ records, rejects, odd }).toEqual(expectedOf(firm.logs));
});

test('a reader that is killed holds nobody up', async () => {
  using dir = folder();
  writeFirm(dir.path);
  await program(['import', '--all'], dir.path).ended;
  const reading = program(['accesses', '--all', '--json'], dir.path);
  await sleep(300);
  await killed(reading);
  const { code, out } = await program(['accesses', '--all', '--json'], dir.path).ended;
  expect(code).toBe(0);
  expect(out.split('\n').length).toBeGreaterThan(100);
});
