/** The receipts of clients that were destroyed, where they are kept. */
import type { KeyObject } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TenantId } from '../core/types.ts';
import { type Ended, endedBy } from '../evidence/receipt.ts';
import { receiptIn } from '../evidence/verify-receipt.ts';

export const receiptsOf = (dataDir: string): string => join(dataDir, 'receipts');

/** What was destroyed of this client before it came back. */
export function endedOf(dataDir: string, tenant: TenantId, vaultKey: KeyObject): Ended {
  const folder = receiptsOf(dataDir);
  const files = existsSync(folder) ? readdirSync(folder) : [];
  const receipts = files
    .filter((name) => name.startsWith(`${tenant}-`) && name.endsWith('.json'))
    .flatMap((name) => receiptIn(readFileSync(join(folder, name), 'utf8')) ?? []);
  return endedBy(receipts, tenant, vaultKey);
}
