import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { createLog } from '../../../core/log.ts';
import type { SealedBatch } from '../../../core/types.ts';
import { localBus } from '../../../ingest/bus/local.ts';
import { Forwarder } from '../../../ingest/forward.ts';
import { Spool } from '../../../ingest/spool.ts';
import { flushOf } from '../../helpers/flush.ts';
import { folder } from '../../helpers/folder.ts';
import { Stream } from '../../helpers/stream.ts';
import { type BusUnderTest, busContract, received } from './contract.ts';

const log = createLog('silent');
const dead = { bury: () => true };

/** The local bus keeps nothing: what makes it one is the spool behind it, and the forwarder between. */
async function overSpool(): Promise<BusUnderTest> {
  const dir = folder();
  let spool = new Spool(dir.path);
  let bus = localBus(dead);
  let stop = new AbortController();
  let running = new Forwarder({ spool, bus, log }).run(stop.signal);
  const close = async () => {
    stop.abort();
    await running;
    await spool[Symbol.asyncDispose]();
  };
  return {
    get bus() {
      return bus;
    },
    async hand(batch: SealedBatch) {
      spool.commit(flushOf([batch], { source: batch.header.collector }));
    },
    async restartVault() {
      // On one machine edge and vault die together.
      await close();
      spool = new Spool(dir.path);
      bus = localBus(dead);
      stop = new AbortController();
      running = new Forwarder({ spool, bus, log }).run(stop.signal);
    },
    async [Symbol.asyncDispose]() {
      await close();
      dir[Symbol.dispose]();
    },
  };
}

busContract(overSpool);

describe('the local bus', () => {
  test('has sent a batch only when the vault has acknowledged it', async () => {
    const bus = localBus(dead);
    const stop = new AbortController();
    let sent = false;
    const sending = bus.send(new Stream('fs1').next(), stop.signal).then(() => {
      sent = true;
    });
    for await (const delivery of bus.receive(stop.signal)) {
      await sleep(20);
      expect(sent).toBe(false);
      delivery.ack();
      await sending;
      expect(sent).toBe(true);
      stop.abort();
    }
  });

  test('gives up a batch that waits when its sender is told to stop', async () => {
    const bus = localBus(dead);
    const stop = new AbortController();
    const sending = bus.send(new Stream('fs1').next(), stop.signal);
    stop.abort(new Error('stopped'));
    await expect(sending).rejects.toThrow('stopped');
  });

  test('leaves nothing in the spool that was acknowledged, and everything that was not', async () => {
    await using under = await overSpool();
    const stream = new Stream('fs1');
    for (let i = 0; i < 5; i += 1) await under.hand(stream.next());
    await received(under.bus, 5, (index) => index !== 3);
    await under.restartVault();
    const left = await received(under.bus, 1);
    expect(left.map(({ header }) => header.seq)).toEqual([3]);
  });
});
