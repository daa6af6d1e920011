import { hash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { type AccessId, accessId } from '../../core/types.ts';
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
