/** Answers what a bundle asks from the store, as the tenant's reader. */
import { isoOf } from '../core/time.ts';
import type { TenantId } from '../core/types.ts';
import type { BundleReader } from '../evidence/reader.ts';
import type { Gap } from '../evidence/verify-format.ts';
import { registeredKeys } from '../ingest/keys/collectors.ts';
import { accessPlaces } from '../store/queries/access-places.ts';
import { auditStreams } from '../store/queries/audit.ts';
import { batchHeaders } from '../store/queries/batch-headers.ts';
import { headerOf } from '../store/queries/batch-row.ts';
import { all, run } from '../store/query.ts';
import { sealedBatches } from '../store/sealed-batches.ts';
import { sourceGapsDuring } from '../store/source-gaps.ts';
import type { Io } from './command.ts';
import { type Context, storeOf } from './context.ts';
import { goneIn, goneOf, goneText } from './keeping.ts';
import { openerOf } from './keyring.ts';

const dayMs = 86_400_000;
/** A range is asked for in days, so that no question runs as long as the export; a longer one in so many parts. */
const partsMax = 1_000;

export async function openStoreReader(
  context: Context,
  tenant: TenantId,
  io: Io,
): Promise<BundleReader & AsyncDisposable> {
  const store = await storeOf(context, 'attach', io.signal);
  const db = store.client('read', tenant);
  const instants = ({ from, until }: { from: string; until: string }) => ({
    from: Date.parse(from),
    until: Date.parse(until),
  });
  return {
    streams: (query, signal) => all(db, auditStreams, instants(query), signal),

    async *accesses(query, signal) {
      const { from, until } = instants(query);
      const partMs = Math.max(dayMs, Math.ceil((until - from) / partsMax));
      for (let begin = from; begin < until; begin += partMs) {
        const part = { from: begin, until: Math.min(begin + partMs, until), actor: query.actor ?? '' };
        // Read whole before the first is used: the server does not wait while batches are fetched and opened.
        yield* await all(db, accessPlaces, part, signal);
      }
    },

    async *headers({ collector, first, last }, signal) {
      for await (const row of run(db, batchHeaders, { collector, first, last }, signal)) yield headerOf(row, tenant);
    },

    async batch(collector, seq, signal) {
      const [batch] = await sealedBatches(db, tenant, [{ collector, seq }], signal);
      return batch;
    },

    keys: (collector) => registeredKeys(context.config.data, collector),
    opener: openerOf(context),

    // Rejects are nobody's: their client is not known. What the chain lacks is found while it is read.
    async gaps(query, signal) {
      const sources = await sourceGapsDuring(store, instants(query), [tenant], signal);
      const gone = await goneOf(context.config, store, signal);
      const expired = await goneIn(store, tenant, gone(tenant, Date.now()), instants(query), signal);
      return [
        ...sources.map(({ source, kind, what, from, until }): Gap => {
          return { source, kind, what, from: isoOf(from), until: isoOf(until) };
        }),
        ...expired.map((one): Gap => {
          return { source: '*', kind: 'expired', what: goneText(one), from: query.from, until: one.before };
        }),
      ];
    },

    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}
