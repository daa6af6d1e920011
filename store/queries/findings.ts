/** Findings: a client's own in its database, those that span clients in the firm's. */
import type { ClickHouseClient } from '@clickhouse/client';
import type { Severity } from '../../core/alert.ts';
import type { Finding } from '../../core/scene.ts';
import type { Instant } from '../../core/types.ts';
import { asked, save } from '../query.ts';
import { noting } from '../reads/noted.ts';

const insertRowsMax = 5_000;

/** `version`: when it was judged, ms; a later judgement of the same day replaces an earlier one. */
export async function saveFindings(
  db: ClickHouseClient,
  findings: readonly Finding[],
  version: number,
  signal: AbortSignal,
): Promise<void> {
  for (let i = 0; i < findings.length; i += insertRowsMax) {
    const values = findings.slice(i, i + insertRowsMax).map(({ decidedAt, actor, ...finding }) => ({
      ...finding,
      actor: actor ?? '',
      decided_at: decidedAt,
      version,
    }));
    await save(db, 'findings', { question: 'save-findings', values }, signal);
  }
}

interface Row {
  readonly day: string;
  readonly detector: string;
  readonly actor: string;
  readonly tenants: string[];
  readonly basis: Finding['basis'];
  readonly score: number;
  readonly limit: number;
  readonly severity: Severity;
  readonly because: string;
  readonly accesses: string[];
  readonly decided_at: number;
}

/** Days `YYYY-MM-DD`, both included; highest score first. */
export async function findingsOf(
  db: ClickHouseClient,
  range: { readonly from: string; readonly until: string },
  signal: AbortSignal,
): Promise<Finding[]> {
  const heard = noting(db, 'findings', range);
  const rows = await asked('findings', signal, async () => {
    const result = await db.query({
      query: `
        SELECT day, detector, actor, tenants, basis, score, limit, severity, because, accesses,
               toUnixTimestamp64Milli(decided_at) AS decided_at
        FROM findings FINAL
        WHERE day >= {from:Date} AND day <= {until:Date} AND score > 0
        ORDER BY score DESC, day, detector, actor`,
      query_params: range,
      format: 'JSONEachRow',
      abort_signal: signal,
      clickhouse_settings: { log_comment: 'findings', output_format_json_quote_64bit_integers: 0 },
    });
    return await result.json<Row>();
  });
  heard(rows.length);
  return rows.map(({ decided_at, actor, ...row }) => ({
    ...row,
    actor: actor === '' ? null : actor,
    decidedAt: decided_at as Instant,
  }));
}
