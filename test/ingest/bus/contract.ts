/** What every bus must hold to, since nothing else knows which one is in use. A bus's own test calls this with a real one. */
import { describe, expect, test } from '@jest/globals';
import type { SealedBatch } from '../../../core/types.ts';
import type { Bus, Delivery } from '../../../ingest/bus/bus.ts';
import { Stream } from '../../helpers/stream.ts';

export interface BusUnderTest extends AsyncDisposable {
  /** What the vault receives from; another one after each restart. */
  readonly bus: Bus;
  /** The edge's side: hands a batch over for good. Resolves when it need not be handed over again by the caller. */
  hand(batch: SealedBatch): Promise<void>;
  /** The vault's process is gone without a word, and a new one begins. */
  restartVault(): Promise<void>;
}

const waitMsMax = 60_000;

/** The next `count` deliveries; acknowledges those that `acknowledge` says. Then stops receiving. */
export async function received(
  bus: Bus,
  count: number,
  acknowledge: (index: number) => boolean = () => true,
): Promise<SealedBatch[]> {
  const stop = new AbortController();
  const batches: SealedBatch[] = [];
  const tooLate = setTimeout(() => stop.abort(), waitMsMax);
  for await (const delivery of bus.receive(stop.signal)) {
    if (acknowledge(batches.length)) delivery.ack();
    if (batches.push(delivery.batch) === count) stop.abort();
  }
  clearTimeout(tooLate);
  return batches;
}

const namesOf = (batches: readonly SealedBatch[]) =>
  batches.map(({ header: { collector, tenant, seq } }) => `${collector}/${tenant}/${seq}`);
const ofStream = (batches: readonly SealedBatch[], { collector, tenant }: Stream) =>
  namesOf(batches).filter((name) => name.startsWith(`${collector}/${tenant}/`));

/** `tenants`: two that the bus knows. */
export function busContract(
  open: () => Promise<BusUnderTest>,
  [one, other]: readonly [string, string] = ['acme', 'globex'],
): void {
  const threeStreams = () => [new Stream('fs1', one), new Stream('pg1', one), new Stream('fs1', other)] as const;

  describe('a bus', () => {
    test('delivers a batch exactly as it was handed over', async () => {
      await using under = await open();
      const batch = new Stream('fs1', one).next(3);
      await under.hand(batch);
      const [delivered] = await received(under.bus, 1);
      expect(delivered).toEqual(batch);
    });

    test('keeps the order of each stream, of all tenants', async () => {
      await using under = await open();
      const streams = threeStreams();
      const sent: SealedBatch[] = [];
      for (let round = 0; round < 20; round += 1) for (const stream of streams) sent.push(stream.next(1));
      for (const batch of sent) await under.hand(batch);
      const delivered = await received(under.bus, sent.length);
      for (const stream of streams) expect(ofStream(delivered, stream)).toEqual(ofStream(sent, stream));
      expect(new Set(namesOf(delivered)).size).toBe(sent.length);
    });

    test('delivers again, and in order, what was not acknowledged when the vault died', async () => {
      await using under = await open();
      const stream = new Stream('fs1', one);
      const sent = Array.from({ length: 6 }, () => stream.next(1));
      for (const batch of sent) await under.hand(batch);
      expect(await received(under.bus, 4, (index) => index < 2)).toHaveLength(4);
      await under.restartVault();
      const wanted = namesOf(sent.slice(2));
      const again: string[] = [];
      // A bus may repeat what was acknowledged just before; it may not leave out what was not.
      while (!wanted.every((name) => again.includes(name))) again.push(...namesOf(await received(under.bus, 1)));
      expect(again.filter((name) => wanted.includes(name))).toEqual(wanted);
    });

    test('forgets nothing over several deaths of the vault', async () => {
      await using under = await open();
      const stream = new Stream('fs1', one);
      const sent = Array.from({ length: 3 }, () => stream.next(1));
      for (const batch of sent) await under.hand(batch);
      for (let death = 0; death < 3; death += 1) {
        expect(namesOf(await received(under.bus, 3, () => false))).toEqual(namesOf(sent));
        await under.restartVault();
      }
      expect(namesOf(await received(under.bus, 3))).toEqual(namesOf(sent));
    });

    test('ends its deliveries when told to, while there is nothing and while there is something', async () => {
      await using under = await open();
      const idle = new AbortController();
      setTimeout(() => idle.abort(), 50);
      for await (const _ of under.bus.receive(idle.signal)) throw new Error('nothing was handed over');
      await under.hand(new Stream('fs1', one).next(1));
      const busy = new AbortController();
      const seen: Delivery[] = [];
      for await (const delivery of under.bus.receive(busy.signal)) {
        seen.push(delivery);
        busy.abort();
      }
      expect(seen).toHaveLength(1);
    });

    test('takes nothing from a sender that was told to stop', async () => {
      await using under = await open();
      const stopped = AbortSignal.abort(new Error('stopped'));
      await expect(under.bus.send(new Stream('fs1', one).next(1), stopped)).rejects.toThrow('stopped');
    });
  });
}
