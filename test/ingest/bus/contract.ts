/** What every bus must do, whatever it is made of. */
import { expect, test } from '@jest/globals';
import type { Bus, Delivery } from '../../../ingest/bus/bus.ts';
import { Stream } from '../../helpers/stream.ts';

/** Collects what is delivered, until told to stop. */
export function receiving(bus: Bus, onDelivery: (delivery: Delivery) => void = ({ ack }) => ack()) {
  const stop = new AbortController();
  const deliveries: Delivery[] = [];
  const heard: (() => void)[] = [];
  const running = (async () => {
    for await (const delivery of bus.receive(stop.signal)) {
      deliveries.push(delivery);
      onDelivery(delivery);
      for (const wake of heard.splice(0)) wake();
    }
  })();
  return {
    deliveries,
    /** Waits until so many have come. */
    async until(count: number): Promise<readonly Delivery[]> {
      while (deliveries.length < count)
        await Promise.race([running, new Promise<void>((resolve) => heard.push(resolve))]);
      return deliveries;
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

const seqs = (deliveries: readonly Delivery[]) => deliveries.map(({ batch: { header } }) => header.seq);

export function busContract(open: (...tenants: string[]) => Promise<Bus & AsyncDisposable>): void {
  const signal = AbortSignal.timeout(60_000);

  test('a batch arrives as it was sent, to the byte', async () => {
    await using bus = await open('acme');
    const batch = new Stream('fs1').next(3);
    await using received = receiving(bus);
    await bus.send(batch, signal);
    const [first] = await received.until(1);
    expect(first?.batch).toEqual(batch);
  });

  test('batches of one stream arrive in the order sent', async () => {
    await using bus = await open('acme', 'globex');
    const stream = new Stream('fs1');
    const other = new Stream('fs1', 'globex');
    await using received = receiving(bus);
    await Promise.all(Array.from({ length: 40 }, (_, n) => bus.send((n % 2 ? other : stream).next(), signal)));
    const all = await received.until(40);
    for (const tenant of ['acme', 'globex']) {
      const own = all.filter(({ batch }) => batch.header.tenant === tenant);
      expect(seqs(own)).toEqual(Array.from({ length: 20 }, (_, n) => n));
    }
  });

  test('a signal that is aborted ends waiting to send, and says so', async () => {
    await using bus = await open('acme');
    const stop = new AbortController();
    stop.abort(new Error('enough'));
    await expect(bus.send(new Stream('fs1').next(), stop.signal)).rejects.toThrow('enough');
  });

  test('receiving ends when its signal is aborted', async () => {
    await using bus = await open('acme');
    const received = receiving(bus);
    await received[Symbol.asyncDispose]();
    expect(received.deliveries).toEqual([]);
  });

  test('acknowledgements may come late and in any order', async () => {
    await using bus = await open('acme');
    const stream = new Stream('fs1');
    await using received = receiving(bus, () => undefined);
    const sent = Array.from({ length: 5 }, () => bus.send(stream.next(), signal));
    const all = await received.until(5);
    for (const { ack } of [...all].reverse()) ack();
    await expect(Promise.all(sent)).resolves.toHaveLength(5);
    expect(seqs(all)).toEqual([0, 1, 2, 3, 4]);
  });
}
