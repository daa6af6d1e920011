import { expect, test } from '@jest/globals';
import { tenantId } from '../../../core/types.ts';
import type { Bus, Delivery, Reception } from '../../../ingest/bus/bus.ts';
import { busByTenant } from '../../../ingest/bus/by-tenant.ts';
import { Stream } from '../../helpers/stream.ts';

const acme = tenantId('acme');
const none = () => undefined;

/** Keeps what it is sent, hands on what it is given, and ends when it is told to. */
class Kept implements Bus, AsyncDisposable {
  readonly sent: string[] = [];
  handed = 0;
  ended = false;
  closed = 0;
  reception: Reception | undefined;
  readonly #given: readonly Delivery[];
  readonly #failure: Error | undefined;

  constructor(given: readonly Delivery[] = [], failure?: Error) {
    this.#given = given;
    this.#failure = failure;
  }

  async send({ header }: Delivery['batch']): Promise<void> {
    this.sent.push(header.tenant);
  }

  async *receive(signal: AbortSignal, reception?: Reception): AsyncGenerator<Delivery> {
    this.reception = reception;
    try {
      for (const delivery of this.#given) {
        this.handed += 1;
        yield delivery;
      }
      if (this.#failure) throw this.#failure;
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    } finally {
      this.ended = true;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.closed += 1;
  }
}

function deliveries(tenant: string, count: number): Delivery[] {
  const stream = new Stream('fs1', tenant);
  return Array.from({ length: count }, () => ({ batch: stream.next(1), lane: '0', lease: 1, ack: none, refuse: none }));
}

test('a batch goes by the bus of its client, and by the shared one if it has none', async () => {
  const [shared, own] = [new Kept(), new Kept()];
  const bus = busByTenant(shared, new Map([[acme, own]]));
  for (const tenant of ['acme', 'globex', '_unattributed', 'acme'])
    await bus.send(new Stream('fs1', tenant).next(1), AbortSignal.timeout(30_000));
  expect(own.sent).toEqual(['acme', 'acme']);
  expect(shared.sent).toEqual(['globex', '_unattributed']);
});

test('what comes from all of them is handed on, each in its order, and none runs ahead of who takes it', async () => {
  const [shared, own] = [new Kept(deliveries('globex', 20)), new Kept(deliveries('acme', 20))];
  const stop = new AbortController();
  const came: string[] = [];
  for await (const { batch } of busByTenant(shared, new Map([[acme, own]])).receive(stop.signal)) {
    came.push(`${batch.header.tenant} ${batch.header.seq}`);
    expect(own.handed + shared.handed - came.length).toBeLessThanOrEqual(2);
    if (came.length === 40) stop.abort();
  }
  for (const tenant of ['acme', 'globex'])
    expect(came.filter((name) => name.startsWith(tenant))).toEqual(
      Array.from({ length: 20 }, (_, seq) => `${tenant} ${seq}`),
    );
});

test('what comes to each of them is told, with the lanes of all together', async () => {
  const [shared, own] = [new Kept(deliveries('globex', 1)), new Kept()];
  const stop = new AbortController();
  const told: unknown[] = [];
  const reception = { restMs: () => 70, onCame: (batches: number, lanes: number) => told.push([batches, lanes]) };
  for await (const _ of busByTenant(shared, new Map([[acme, own]])).receive(stop.signal, reception)) {
    shared.reception?.onCame(5, 3);
    own.reception?.onCame(2, 1);
    shared.reception?.onCame(1, 4);
    expect(own.reception?.restMs()).toBe(70);
    stop.abort();
  }
  expect(told).toEqual([
    [5, 3],
    [2, 4],
    [1, 5],
  ]);
});

test('when one fails for good it is thrown, and the others have ended by then', async () => {
  const [shared, own] = [new Kept(deliveries('globex', 1)), new Kept([], new Error('not allowed'))];
  const receive = async () => {
    for await (const _ of busByTenant(shared, new Map([[acme, own]])).receive(AbortSignal.timeout(30_000)));
  };
  await expect(receive()).rejects.toThrow('not allowed');
  expect(shared.ended).toBe(true);
});

test('leaving the loop ends all of them, and closing closes each once', async () => {
  const [shared, own] = [new Kept(deliveries('globex', 5)), new Kept()];
  const bus = busByTenant(
    shared,
    new Map([
      [acme, own],
      [tenantId('initech'), own],
    ]),
  );
  for await (const _ of bus.receive(AbortSignal.timeout(30_000))) break;
  expect([shared.ended, own.ended]).toEqual([true, true]);
  await bus[Symbol.asyncDispose]();
  expect([shared.closed, own.closed]).toEqual([1, 1]);
});
