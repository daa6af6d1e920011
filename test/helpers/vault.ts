/** The vault's landing side over a real store, and what lies in that store afterwards. */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClickHouseClient } from '@clickhouse/client';
import type { Log } from '../../core/log.ts';
import { type SealedBatch, type TenantId, tenantId } from '../../core/types.ts';
import type { Bus } from '../../ingest/bus/bus.ts';
import { localBus } from '../../ingest/bus/local.ts';
import { type Landed, Lander } from '../../ingest/land.ts';
import { LandLog } from '../../ingest/land-log.ts';
import type { Store } from '../../store/index.ts';
import { storeLanding } from '../../store/landing.ts';
import { plainOpener } from './plain.ts';
import { Stream } from './stream.ts';

let streams = 0;

/** Each test has streams of its own, so that one server does for all of a file. */
export function newStream(tenant = 'acme'): Stream {
  streams += 1;
  return new Stream(`fs${streams}`, tenant);
}

/** As it lies there, nothing folded away. */
export async function rowsOf<Row>(store: Store, query: string, tenant: TenantId = tenantId('acme')): Promise<Row[]> {
  const answer = await store.client('read', tenant).query({ query, format: 'JSONEachRow' });
  return await answer.json<Row>();
}

/** Of a stream: how many accesses lie there of each batch, and the batches. */
export async function storedOf(store: Store, { collector, tenant }: Stream) {
  const where = `WHERE collector = '${collector}'`;
  const accesses = await rowsOf<{ seq: number; n: number }>(
    store,
    `SELECT seq, count() AS n FROM accesses ${where} GROUP BY seq ORDER BY seq`,
    tenant,
  );
  const batches = await rowsOf<{ seq: number }>(store, `SELECT seq FROM batches ${where} ORDER BY seq`, tenant);
  return {
    accesses: accesses.map(({ seq, n }) => [Number(seq), Number(n)]),
    batches: batches.map((b) => Number(b.seq)),
  };
}

interface Said {
  readonly level: string;
  readonly message: string;
  readonly about: Readonly<Record<string, unknown>>;
}

/** A lander that runs until the block ends; `known` are the streams whose keys are registered. */
export function vault(
  store: Store,
  landLog: LandLog,
  known: readonly Stream[],
  clientOf: (tenant: TenantId) => ClickHouseClient = (tenant) => store.client('land', tenant),
  bus: Bus = localBus(landLog),
) {
  const said: Said[] = [];
  const landed: Landed[] = [];
  const say = (level: string) => (about: object, message: string) =>
    void said.push({ level, message, about: { ...about } });
  const log = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') } as unknown as Log;
  const stop = new AbortController();
  // Every batch under way listens for the stop.
  setMaxListeners(0, stop.signal);
  const keys = new Map(known.map((stream) => [stream.collector, stream.publicKey]));
  const lander = new Lander({
    bus,
    landLog,
    store: storeLanding(store, clientOf),
    keysOf: (collector) => [keys.get(collector) ?? []].flat(),
    opener: plainOpener,
    log,
    ageMs: 100,
    onLanded: (one) => landed.push(one),
  });
  const ended = lander.run(stop.signal).then(
    () => undefined,
    (error: unknown) => error,
  );
  return {
    lander,
    said,
    landed,
    stop,
    ended,
    /** Resolves when all are acknowledged. Throws what stopped the lander. */
    async deliver(...batches: readonly SealedBatch[]): Promise<void> {
      const sent = batches.map((batch) => bus.send(batch, stop.signal));
      for (const each of sent) each.catch(() => undefined);
      const failed = ended.then((error) => {
        throw error ?? new Error('the lander ended');
      });
      await Promise.race([Promise.all(sent), failed]);
    },
    async until(what: () => boolean): Promise<void> {
      while (!what()) await sleep(10);
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
    },
  };
}

/** Dies as a process would: what it was asked to write is not written. */
export class LogThatDies extends LandLog {
  override advance(): void {
    throw new Error('killed between insert and acknowledgement');
  }
}
