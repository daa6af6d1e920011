/** Candidates: one row for each id in the firm's database; the latest version holds, and a score of 0 means withdrawn. */
import type { ClickHouseClient } from '@clickhouse/client';
import type { Candidate } from '../../core/alert.ts';
import { isoOf } from '../../core/time.ts';
import { asked, save } from '../query.ts';

const insertRowsMax = 2_000;

export async function saveCandidates(
  db: ClickHouseClient,
  candidates: readonly Candidate[],
  version: number | ((candidate: Candidate) => number),
  signal: AbortSignal,
): Promise<void> {
  for (let i = 0; i < candidates.length; i += insertRowsMax) {
    const values = candidates.slice(i, i + insertRowsMax).map((candidate) => ({
      ...candidate,
      raised_at: Date.parse(candidate.raised_at),
      actor: candidate.actor ?? '',
      version: typeof version === 'number' ? version : version(candidate),
    }));
    await save(db, 'candidates', { question: 'save-candidates', values }, signal);
  }
}

/** They stay in the table as a later version without a score. */
export async function withdrawCandidates(
  db: ClickHouseClient,
  ids: readonly string[],
  version: number,
  signal: AbortSignal,
): Promise<void> {
  const values = ids.map((id) => ({ id, score: 0, version }));
  await save(db, 'candidates', { question: 'withdraw-candidates', values }, signal);
}

/** Of all that stand: the id, and which detectors had a part in it. */
export async function candidateParts(
  db: ClickHouseClient,
  signal: AbortSignal,
): Promise<Pick<Candidate, 'id' | 'detectors'>[]> {
  return await asked('candidate-parts', signal, async () => {
    const result = await db.query({
      query: 'SELECT id, detectors FROM candidates FINAL WHERE score > 0',
      format: 'JSONEachRow',
      abort_signal: signal,
      clickhouse_settings: { log_comment: 'candidate-parts' },
    });
    return await result.json<Pick<Candidate, 'id' | 'detectors'>>();
  });
}

type Row = Omit<Candidate, 'raised_at' | 'actor'> & { readonly raised_at: number; readonly actor: string };

/** Days `YYYY-MM-DD`, both included; by day, highest score first. */
export async function candidatesOf(
  db: ClickHouseClient,
  range: { readonly from: string; readonly until: string },
  signal: AbortSignal,
): Promise<Candidate[]> {
  const rows = await asked('candidates', signal, async () => {
    const result = await db.query({
      query: `
        SELECT id, toUnixTimestamp64Milli(raised_at) AS raised_at, day, actor, tenants, detectors, score, severity,
               because, accesses, unknown
        FROM candidates FINAL
        WHERE day >= {from:Date} AND day <= {until:Date} AND score > 0
        ORDER BY day, score DESC, id`,
      query_params: range,
      format: 'JSONEachRow',
      abort_signal: signal,
      clickhouse_settings: { log_comment: 'candidates', output_format_json_quote_64bit_integers: 0 },
    });
    return await result.json<Row>();
  });
  return rows.map(({ raised_at, actor, ...row }) => ({
    ...row,
    raised_at: isoOf(raised_at),
    actor: actor === '' ? null : actor,
  }));
}
