/** Batches that are not encrypted, as all were before there were envelopes: what is not about encryption is tried on them. */
import * as batches from '../../core/batch.ts';
import { createOpener, openPlain, type Sealing } from '../../core/envelope.ts';
import type { SealedBatch } from '../../core/types.ts';
import type { Seals } from '../../ingest/intake.ts';

export const plain: Sealing = { name: 'none', seal: (_, content) => content };
export const plainSeals: Seals = { ready: async () => undefined, of: () => plain };
/** Has no key, so it opens nothing else. */
export const plainOpener = createOpener([]);

export const accessLines = (batch: SealedBatch): Buffer => batches.accessLines(openPlain(batch));
export const rawRecords = (batch: SealedBatch): Buffer[][] => batches.rawRecords(openPlain(batch));
export const batchSaltOf = (batch: SealedBatch): Buffer => batches.batchSaltOf(openPlain(batch));
export const checkRoot = (batch: SealedBatch): void => batches.checkRoot(openPlain(batch));
