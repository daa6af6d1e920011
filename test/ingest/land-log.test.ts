import { expect, test } from '@jest/globals';
import { tenantId } from '../../core/types.ts';
import { localBus } from '../../ingest/bus/local.ts';
import { LandLog } from '../../ingest/land-log.ts';
import { folder } from '../helpers/folder.ts';
import { Stream } from '../helpers/stream.ts';

const reason = 'its signature does not hold';

test('dead letters are bounded by number and by bytes; what is buried again takes no more room', async () => {
  using dir = folder();
  const stream = new Stream('fs1');
  const [first, second, third] = [stream.next(1), stream.next(1), stream.next(1)];
  const bytesMax = first.value.length + second.value.length;
  await using landLog = new LandLog(dir.path, { batchesMax: 3, bytesMax });
  expect([first, second, third].map((batch) => landLog.bury(batch, reason))).toEqual([true, true, false]);
  expect(landLog.bury(first, 'another reason')).toBe(true);
  expect(landLog.deadTotals).toEqual({ batches: 2, bytes: bytesMax });
  expect([...landLog.dead()].map(({ reason: said }) => said)).toEqual(['another reason', reason]);
  expect(landLog.revive(second, Date.now() + 1)).toBe(true);
  expect(landLog.deadTotals).toEqual({ batches: 1, bytes: first.value.length });
  expect(landLog.forget(tenantId('acme'))).toBe(1);
  expect(landLog.deadTotals).toEqual({ batches: 0, bytes: 0 });
});

test('one that came back is not taken for landed', async () => {
  using dir = folder();
  await using landLog = new LandLog(dir.path);
  const batch = new Stream('fs1').next(1);
  landLog.bury(batch, reason);
  const begun = Date.now() + 1;
  while (Date.now() <= begun);
  landLog.bury(batch, reason);
  expect(landLog.revive(batch, begun)).toBe(false);
  expect(landLog.deadBatch(batch.header)).toEqual(batch);
});

test('where there is no room, the refused batch stays with its sender, who is told, and others go on', async () => {
  const stop = new AbortController();
  const [refused, good] = [new Stream('fs1').next(1), new Stream('pg1').next(1)];
  const waiting: string[] = [];
  const bus = localBus({ bury: () => false }, ({ header }) => waiting.push(header.collector));
  const sent = [bus.send(refused, stop.signal), bus.send(good, stop.signal)];
  const landing = (async () => {
    for await (const { batch, ack, refuse } of bus.receive(stop.signal)) {
      if (batch === refused) refuse(reason);
      else ack();
    }
  })();
  await sent[1];
  expect(waiting).toEqual(['fs1']);
  stop.abort(new Error('stopped'));
  await expect(sent[0]).rejects.toThrow('stopped');
  await landing;
});

test('a stream never goes back', async () => {
  using dir = folder();
  await using landLog = new LandLog(dir.path);
  const acme = tenantId('acme');
  landLog.advance(acme, [['fs1', { seq: 5, prev: 'a' }]]);
  landLog.advance(acme, [['fs1', { seq: 3, prev: 'b' }]]);
  expect(landLog.head('fs1', acme)).toEqual({ seq: 5, prev: 'a' });
  expect(landLog.heads()).toEqual({ acme: { fs1: 5 } });
});
