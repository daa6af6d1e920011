import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { accessId, tenantId } from '../../core/types.ts';
import type { Flush } from '../../ingest/flush.ts';
import { Sealer } from '../../ingest/seal.ts';
import { noCounts } from '../../ingest/source-counts.ts';
import { Spool } from '../../ingest/spool.ts';
import { spoolLimits } from '../../ingest/spool-room.ts';
import { flushOf, keysOf } from '../helpers/flush.ts';
import { folder } from '../helpers/folder.ts';
import { plain } from '../helpers/plain.ts';
import { rawOf } from '../helpers/raw-of.ts';
import { unsealed } from '../helpers/unsealed.ts';

const key = generateKeyPairSync('ed25519').privateKey;
const acme = tenantId('acme');
const day = 86_400_000;

function nextOf(spool: Spool, accesses: number, more: Partial<Flush> = {}): Flush {
  const sealer = new Sealer('fs1', acme, key, spool.head('fs1', acme));
  for (let i = 0; i < accesses; i += 1) sealer.add(unsealed(), [{ raw: Buffer.from(`record ${i}`) }]);
  const { batches, head } = sealer.finish(plain);
  return flushOf(batches, { heads: new Map([[acme, head]]), ...more });
}

const reject = (raw: Buffer) => ({ source: 'fs1', position: 'a.log:7', reason: 'the record is blank', raw, seenAt: 1 });

test('what was committed is there after a restart: batches, heads, checkpoint, ids, rejects, counts', async () => {
  using dir = folder();
  const id = accessId('0123456789abcdef0123456789abcdef');
  {
    await using spool = new Spool(dir.path);
    const counts = { ...noCounts, read: 5, accessed: 5 };
    spool.commit(
      nextOf(spool, 5, {
        ids: keysOf([id]),
        rejects: [reject(Buffer.from([0xff, 0]))],
        counts,
        checkpoint: { name: 'tail/fs1', place: '42' },
      }),
    );
  }
  await using spool = new Spool(dir.path);
  expect([...spool.waiting(0, 9)].map(({ batch }) => batch.header.count)).toEqual([5]);
  expect(spool.head('fs1', acme).seq).toBe(1);
  expect(spool.checkpoint('tail/fs1')).toBe('42');
  expect(spool.knows(id)).toBe(true);
  expect(spool.knows(accessId('f'.repeat(32)))).toBe(false);
  expect([...spool.rejects()].map((one) => [...(rawOf(one) ?? [])])).toEqual([[0xff, 0]]);
  expect(spool.countsOf('fs1').read).toBe(5);
});

test('numbers of a stream go on where they were, each batch chained to the one before', async () => {
  using dir = folder();
  await using spool = new Spool(dir.path);
  spool.commit(nextOf(spool, 1));
  spool.commit(nextOf(spool, 1));
  const [first, second] = [...spool.waiting(0, 9)].map(({ batch }) => batch.header);
  expect([first?.seq, second?.seq]).toEqual([0, 1]);
  expect(second?.prev).not.toBe(first?.prev);
});

test('a batch leaves the spool only when it is removed, and its bytes are free again', async () => {
  using dir = folder();
  await using spool = new Spool(dir.path);
  spool.commit(nextOf(spool, 3));
  expect(spool.waitingBytes).toBeGreaterThan(0);
  spool.remove([...spool.waiting(0, 9)].map(({ place }) => place));
  expect(spool.waitingBytes).toBe(0);
  expect([...spool.waiting(0, 9)]).toEqual([]);
});

test('a full spool refuses the whole flush and takes it later as it was', async () => {
  using dir = folder();
  await using spool = new Spool(dir.path, { ...spoolLimits, waitingBytesMax: 600 });
  spool.commit(nextOf(spool, 1));
  const next = nextOf(spool, 1, { checkpoint: { name: 'tail/fs1', place: '9' } });
  expect(() => spool.commit(next)).toThrow(expect.objectContaining({ code: 'SPOOL_FULL', retry: true }));
  expect(spool.head('fs1', acme).seq).toBe(1);
  expect(spool.checkpoint('tail/fs1')).toBeUndefined();
  spool.remove([0]);
  spool.commit(next);
  expect(spool.head('fs1', acme).seq).toBe(2);
});

test('a disk with less room than is to be left free refuses', async () => {
  using dir = folder();
  await using spool = new Spool(dir.path, { ...spoolLimits, freeBytesMin: Number.MAX_SAFE_INTEGER });
  expect(() => spool.commit(nextOf(spool, 1))).toThrow(/no room left/);
});

test('too many rejects pause the source instead of being dropped', async () => {
  using dir = folder();
  await using spool = new Spool(dir.path, { ...spoolLimits, rejectBytesMax: 10 });
  expect(() => spool.commit(nextOf(spool, 0, { rejects: [reject(Buffer.alloc(11))] }))).toThrow(/unreadable records/);
});

test('an id is remembered for at least 8 days and forgotten after at most 16', async () => {
  using dir = folder();
  let now = 0;
  await using spool = new Spool(dir.path, spoolLimits, () => now);
  const id = (n: number) => accessId(n.toString(16).padStart(32, '0'));
  spool.commit(nextOf(spool, 0, { ids: keysOf([id(1)]) }));
  now = 8 * day;
  spool.commit(nextOf(spool, 0, { ids: keysOf([id(2)]) }));
  expect([spool.knows(id(1)), spool.knows(id(2))]).toEqual([true, true]);
  now = 16 * day;
  spool.commit(nextOf(spool, 0, { ids: keysOf([id(3)]) }));
  expect([spool.knows(id(1)), spool.knows(id(2)), spool.knows(id(3))]).toEqual([false, true, true]);
});
