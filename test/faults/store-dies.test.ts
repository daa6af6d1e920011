/** The store's server is killed while Cordon runs: nobody has to do anything, and nothing is lost or doubled. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, jest, test } from '@jest/globals';
import { isListening, readEndpoint } from '../../store/embedded/endpoint.ts';
import { captured } from '../cli/captured.ts';
import { sambaLines } from '../helpers/edge.ts';
import { writeFirm } from '../helpers/firm.ts';
import { folder } from '../helpers/folder.ts';
import { expectedOf, ingestedIn } from '../helpers/ingested.ts';

jest.setTimeout(400_000);

/** The next server of this data folder that listens, other than those before. */
async function serverOf(data: string, before: readonly number[], givenUp: () => boolean): Promise<number | undefined> {
  while (!givenUp()) {
    const endpoint = readEndpoint(join(data, 'clickhouse'));
    if (endpoint && !before.includes(endpoint.pid) && isListening(endpoint)) return endpoint.pid;
    await sleep(5);
  }
  return undefined;
}

test('killed in the middle of an import, again and again, every record is there once', async () => {
  using dir = folder();
  const firm = writeFirm(dir.path, { records: 12_000, seed: 11 });
  let done = false;
  const importing = captured(['import', '--all'], { cwd: dir.path }).finally(() => {
    done = true;
  });
  const killed: number[] = [];
  while (killed.length < 4) {
    const pid = await serverOf(firm.data, killed, () => done);
    if (pid === undefined) break;
    // Twice as soon as it listens, so that an import on a fast machine does not end before; then when rows are on their way.
    await sleep(Math.max(0, killed.length - 1) * 300);
    if (done) break;
    process.kill(pid, 'SIGKILL');
    killed.push(pid);
  }
  const { code, err } = await importing;
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(killed.length).toBeGreaterThanOrEqual(2);
  const { records, rejects, odd } = await ingestedIn(firm.data);
  expect({ records, rejects, odd }).toEqual(expectedOf(firm.logs));
  const audit = await captured(['audit-chain'], { cwd: dir.path });
  expect({ code: audit.code, err: audit.err }).toEqual({ code: 0, err: expect.any(String) });
});

test('killed while Cordon runs, what comes afterwards lands', async () => {
  using dir = folder();
  const firm = writeFirm(dir.path, { records: 200 });
  const stop = new AbortController();
  let ended: unknown;
  const running = captured(['start', '--role', 'collect,land,judge,alert'], {
    cwd: dir.path,
    signal: stop.signal,
  }).then((end) => {
    ended = end;
  });
  try {
    await countedUntil(dir.path, 1, () => ended);
    const pid = readEndpoint(join(firm.data, 'clickhouse'))?.pid ?? 0;
    const before = await countOf(dir.path);
    process.kill(pid, 'SIGKILL');
    appendFileSync(
      firm.logs.fs1.file,
      sambaLines(3, 900)
        .map((line) => `${line}\n`)
        .join(''),
    );
    await countedUntil(dir.path, before + 3, () => ended);
    expect(ended).toBeUndefined();
  } finally {
    stop.abort();
    await running;
  }
  const { odd } = await ingestedIn(firm.data);
  expect(odd).toEqual([]);
});

async function countOf(cwd: string): Promise<number> {
  const { out } = await captured(['accesses', '--all', '--json'], { cwd });
  return out.split('\n').length - 1;
}

async function countedUntil(cwd: string, least: number, ended: () => unknown): Promise<void> {
  while ((await countOf(cwd)) < least) {
    if (ended() !== undefined) throw new Error(`it has ended: ${JSON.stringify(ended())}`);
    await sleep(100);
  }
}
