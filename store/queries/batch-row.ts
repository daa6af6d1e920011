/** The columns of a sealed batch as the store gives them back. The tenant is the database's own, so whoever asks says it. */
import { z } from 'zod';
import { type BatchHeader, type SealedBatch, type TenantId, tenantId } from '../../core/types.ts';

export const headerColumns =
  'collector, seq, "count", "from", until, root, prev, codec, accesses_length, records_length, "key", sig';

const columns = {
  collector: z.string(),
  seq: z.number(),
  count: z.number(),
  from: z.string(),
  until: z.string(),
  root: z.string(),
  prev: z.string(),
  codec: z.literal('br'),
  accesses_length: z.number(),
  records_length: z.number(),
  key: z.string(),
  sig: z.string(),
};

export const headerRow = z.object(columns);
export const batchRow = z.object({ ...columns, value: z.base64() });

/** Batches by name, as questions take them: streams and numbers side by side, the first of one belongs to the first of the other. */
export interface BatchPlaces extends Record<string, unknown> {
  readonly collectors: readonly string[];
  readonly seqs: readonly number[];
}

export const placesOf = (names: readonly Pick<BatchHeader, 'collector' | 'seq'>[]): BatchPlaces => ({
  collectors: names.map(({ collector }) => collector),
  seqs: names.map(({ seq }) => seq),
});

/** The signed header as it was on the wire. */
export function headerOf(row: z.output<typeof headerRow>, tenant: TenantId): Omit<SealedBatch, 'value'> {
  const { sig, accesses_length, records_length, ...rest } = row;
  const header: BatchHeader = { v: 1, ...rest, tenant: tenantId(tenant), lengths: [accesses_length, records_length] };
  return { header, sig };
}

export function batchOf(row: z.output<typeof batchRow>, tenant: TenantId): SealedBatch {
  const { value, ...header } = row;
  return { ...headerOf(header, tenant), value: Buffer.from(value, 'base64') };
}
