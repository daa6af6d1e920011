/** A lane whose lander waits for a key, while another lander goes on with the same batches or has left some of them half landed. */
import { expect, jest, test } from '@jest/globals';
import type { Opener } from '../../core/envelope.ts';
import { Fault } from '../../core/errors.ts';
import { createLog } from '../../core/log.ts';
import { type SealedBatch, tenantId } from '../../core/types.ts';
import { batchRow } from '../../ingest/batch-row.ts';
import type { Delivery } from '../../ingest/bus/bus.ts';
import { LandLog } from '../../ingest/land-log.ts';
import { Lane } from '../../ingest/lane.ts';
import type { Store } from '../../store/index.ts';
import { storeLanding } from '../../store/landing.ts';
import { folder } from '../helpers/folder.ts';
import { openTestStore } from '../helpers/open-test-store.ts';
import { plainOpener } from '../helpers/plain.ts';
import type { Stream } from '../helpers/stream.ts';
import { newStream, storedOf, vault } from '../helpers/vault.ts';

jest.setTimeout(400_000);
const acme = tenantId('acme');
const signal = AbortSignal.timeout(400_000);

/** A lane of its own, and what becomes of the batches delivered to it. */
function laneOf(store: Store, landLog: LandLog, stream: Stream, opener: Opener) {
  const acked = new Set<number>();
  const refused: string[] = [];
  const lane = new Lane(acme, 'local', {
    store: storeLanding(store),
    landLog,
    keysOf: () => [stream.publicKey],
    opener,
    log: createLog('silent'),
    lander: 'this one',
    onLanded: () => undefined,
    onRefused: (_, reason) => void refused.push(reason),
    onMerged: () => undefined,
  });
  const delivery = (batch: SealedBatch, lease: number): Delivery => ({
    batch,
    lane: 'local',
    lease,
    ack: () => void acked.add(batch.header.seq),
    refuse: (reason) => void refused.push(reason),
  });
  return { lane, delivery, acked, refused };
}

test('batches that waited for a key are not landed again when another lander had the lane meanwhile', async () => {
  await using opened = await openTestStore('acme');
  using dir = folder();
  await using here = new LandLog(dir.file('here'));
  await using there = new LandLog(dir.file('there'));
  const stream = newStream();
  const batches = [1, 2, 3, 4, 5].map((size) => stream.next(size));
  await using other = vault(opened.store, there, [stream]);

  let meanwhile = async (): Promise<void> => {
    await other.deliver(...batches.slice(0, 4));
    // It is ours again, and begins behind what the other one landed.
    lane.accept(delivery(batches[4] as SealedBatch, 2), Date.now());
    throw new Fault('KEY_UNREACHABLE', 'whoever keeps the keys does not answer');
  };
  const opener: Opener = {
    async open(batch, asked) {
      await meanwhile();
      return plainOpener.open(batch, asked);
    },
  };
  const { lane, delivery, acked, refused } = laneOf(opened.store, here, stream, opener);
  for (const batch of batches.slice(0, 3)) lane.accept(delivery(batch, 1), Date.now());
  await lane.work(Date.now(), 0, signal);
  meanwhile = async () => undefined;
  for (let round = 0; round < 10 && acked.size < 4; round += 1) await lane.work(Date.now(), 0, signal);

  expect(await storedOf(opened.store, stream)).toEqual({
    accesses: [1, 2, 3, 4, 5].map((size, seq) => [seq, size]),
    batches: [0, 1, 2, 3, 4],
  });
  expect([...acked].sort()).toEqual([0, 1, 2, 4]);
  expect(refused).toEqual([]);
});

test('a merge that another lander left is finished, though whoever keeps the keys does not answer at first', async () => {
  await using opened = await openTestStore('acme');
  using dir = folder();
  await using here = new LandLog(dir.file('here'));
  const stream = newStream();
  const left = [stream.next(3), stream.next(2)];
  const rows = left.flatMap((batch) => batchRow(batch, { lane: 'local', number: 1, lander: 'another' }));
  await storeLanding(opened.store).insert(acme, 'batches', rows, 'acme/local/1', signal);

  let asked = 0;
  const opener: Opener = {
    async open(batch, given) {
      asked += 1;
      if (asked === 1) throw new Fault('KEY_UNREACHABLE', 'whoever keeps the keys does not answer');
      return plainOpener.open(batch, given);
    },
  };
  const { lane, delivery, acked } = laneOf(opened.store, here, stream, opener);
  lane.accept(delivery(stream.next(4), 1), Date.now());
  for (let round = 0; round < 3; round += 1) await lane.work(Date.now(), 0, signal);
  expect(await storedOf(opened.store, stream)).toEqual({
    accesses: [3, 2, 4].map((size, seq) => [seq, size]),
    batches: [0, 1, 2],
  });
  expect([...acked]).toEqual([2]);
});
