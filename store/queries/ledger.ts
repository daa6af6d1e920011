/** The ledger: what was judged, with what, from how much; so that "no alert" is a statement somebody can check. */
import type { ClickHouseClient } from '@clickhouse/client';
import type { Instant } from '../../core/types.ts';
import { save } from '../query.ts';

export interface LedgerRow {
  readonly judgedAt: Instant;
  readonly tenant: string;
  /** A short hash of the detectors' names and limits. */
  readonly detectors: string;
  readonly from: Instant;
  readonly until: Instant;
  readonly accesses: number;
  readonly scenes: number;
  /** Accesses seen more than a day after their own day. */
  readonly late: number;
  readonly findings: number;
  readonly gaps: readonly string[];
}

export async function saveLedger(db: ClickHouseClient, rows: readonly LedgerRow[], signal: AbortSignal): Promise<void> {
  const values = rows.map(({ judgedAt, ...row }) => ({ ...row, judged_at: judgedAt }));
  await save(db, 'ledger', { question: 'save-ledger', values }, signal);
}
