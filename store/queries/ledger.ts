/** The ledger: what was judged, with what, from how much; so that "no alert" is a statement somebody can check. */
import type { ClickHouseClient } from '@clickhouse/client';
import { z } from 'zod';
import type { Instant } from '../../core/types.ts';
import { type Query, save } from '../query.ts';

export interface LedgerRow {
  readonly judgedAt: Instant;
  readonly tenant: string;
  /** A short hash of the detectors' names and settings, as they were for this client. */
  readonly detectors: string;
  readonly from: Instant;
  readonly until: Instant;
  readonly accesses: number;
  readonly scenes: number;
  /** Accesses that arrived more than an hour after they happened. */
  readonly late: number;
  readonly findings: number;
  readonly gaps: readonly string[];
}

export async function saveLedger(db: ClickHouseClient, rows: readonly LedgerRow[], signal: AbortSignal): Promise<void> {
  const values = rows.map(({ judgedAt, ...row }) => ({ ...row, judged_at: judgedAt }));
  await save(db, 'ledger', { question: 'save-ledger', values }, signal);
}

const row = z.object({
  judgedAt: z.number(),
  tenant: z.string(),
  detectors: z.string(),
  from: z.number(),
  until: z.number(),
  accesses: z.number(),
  scenes: z.number(),
  late: z.number(),
  findings: z.number(),
  gaps: z.array(z.string()),
});

/** The last row of each client and window that begins within the range; '' for every client. */
export const ledgerOf: Query<{ from: Instant; until: Instant; tenant: string }, LedgerRow> = {
  name: 'ledger',
  row,
  sql: `
    SELECT toFloat64(toUnixTimestamp64Milli(ledger.judged_at)) AS judgedAt, tenant, detectors,
           toFloat64(toUnixTimestamp64Milli(ledger.from)) AS from, toFloat64(toUnixTimestamp64Milli(ledger.until)) AS until,
           toFloat64(ledger.accesses) AS accesses, toFloat64(ledger.scenes) AS scenes, toFloat64(ledger.late) AS late,
           toFloat64(ledger.findings) AS findings, gaps
    FROM ledger
    WHERE ledger.from >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
      AND ledger.from < fromUnixTimestamp64Milli({until:Int64}, 'UTC')
      AND ({tenant:String} = '' OR tenant = {tenant:String})
    ORDER BY ledger.tenant, ledger.from, ledger.judged_at DESC
    LIMIT 1 BY ledger.tenant, ledger.from`,
};
