import { hash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { type AccessId, accessId } from '../../core/types.ts';
import { SeenIds } from '../../ingest/seen-ids.ts';
import { Spool } from '../../ingest/spool.ts';
import { spoolLimits } from '../../ingest/spool-room.ts';
import { flushOf, keysOf } from '../helpers/flush.ts';
import { folder } from '../helpers/folder.ts';

const idsFrom = (first: number) =>
  Array.from({ length: 30_000 }, (_, i) => accessId(hash('sha256', `${first + i}`, 'hex').slice(0, 32)));
const [before, after, never] = [idsFrom(0), idsFrom(100_000), idsFrom(200_000)];

const remembered = (ids: readonly AccessId[]) => flushOf([], { ids: keysOf(ids) });

test('ids put before the first question, after it, and before a restart are all known, and no others', async () => {
  using dir = folder();
  const allAreKnown = (spool: Spool) => {
    expect([...before, ...after].filter((id) => !spool.knows(id))).toEqual([]);
    expect(never.filter((id) => spool.knows(id))).toEqual([]);
  };
  {
    await using spool = new Spool(dir.path);
    spool.commit(remembered(before));
    expect(after.filter((id) => spool.knows(id))).toEqual([]);
    spool.commit(remembered(after));
    allAreKnown(spool);
  }
  await using spool = new Spool(dir.path);
  allAreKnown(spool);
});

test('what a restart finds of the generation before is known until it is forgotten', async () => {
  using dir = folder();
  const day = 86_400_000;
  let now = 0;
  {
    await using spool = new Spool(dir.path, spoolLimits, () => now);
    spool.commit(remembered(before));
    now = 8 * day;
    spool.commit(remembered(after));
  }
  await using spool = new Spool(dir.path, spoolLimits, () => now);
  expect([...before, ...after].filter((id) => !spool.knows(id))).toEqual([]);
  now = 16 * day;
  spool.commit(remembered(never));
  expect(before.filter((id) => spool.knows(id))).toEqual([]);
  expect([...after, ...never].filter((id) => !spool.knows(id))).toEqual([]);
});

test('a table with too many ids for a filter at the start is asked itself, until it is cleared', () => {
  const [many, few] = [new Keys(), new Keys()];
  const first = new SeenIds([many, few], 0);
  const [old, recent, later] = [before.slice(0, 10), after.slice(0, 10), never.slice(0, 10)];
  first.put(0, keysOf(old));
  const seen = new SeenIds([many, few], 9);
  const known = (ids: readonly AccessId[]) => ids.filter((id) => seen.has(id)).length;
  expect([known(old), known(recent)]).toEqual([10, 0]);
  // Nobody is asked for what the other table's filter has not.
  expect([many.asked, few.asked]).toEqual([20, 0]);
  seen.put(0, keysOf(recent));
  seen.added(0, keysOf(recent));
  expect(known(recent)).toBe(10);
  seen.clear(0);
  many.asked = 0;
  expect([known(old), known(later), many.asked]).toEqual([0, 0, 0]);
});

/** A table of keys, in memory. */
class Keys {
  readonly #keys = new Set<string>();
  asked = 0;

  doesExist(key: Buffer): boolean {
    this.asked += 1;
    return this.#keys.has(key.toString('hex'));
  }

  putSync(key: Buffer): void {
    this.#keys.add(key.toString('hex'));
  }

  clearSync(): void {
    this.#keys.clear();
  }

  *getKeys(): Generator<Buffer> {
    for (const key of this.#keys) yield Buffer.from(key, 'hex');
  }

  getStats() {
    return { entryCount: this.#keys.size };
  }
}
