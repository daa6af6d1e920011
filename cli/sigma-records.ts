/** What Sigma rules ask of accesses: their raw records, out of the sealed batches, field by field. */
import type { JudgedAccess } from '../core/scene.ts';
import type { SigmaHit } from '../core/sigma-hit.ts';
import type { Access, TenantId } from '../core/types.ts';
import type { SigmaRecord } from '../detectors/sigma/rule.ts';
import { recordFields } from '../ingest/record-fields.ts';
import type { Store } from '../store/index.ts';
import { type JudgedRange, judgeAccesses } from '../store/queries/judge-accesses.ts';
import { accessesWithRaw } from '../store/raw-records.ts';
import type { Context } from './context.ts';
import { openerOf } from './keyring.ts';

/** The accesses of a client, as `judgeAccesses` has them, each with the rules its records match. Without rules nothing raw is read. */
export async function* accessesToJudge(
  context: Context,
  store: Store,
  tenant: TenantId,
  range: JudgedRange,
  signal: AbortSignal,
): AsyncGenerator<JudgedAccess[]> {
  const { config, rules } = context;
  const { sigma } = rules;
  const hits = new Map<string, SigmaHit[]>();
  if (sigma.rules.length > 0) {
    const opener = openerOf(context);
    const { found: _, ...asked } = range;
    const found = accessesWithRaw(store.client('read', tenant), { tenant, opener }, asked, signal);
    for await (const { access, raw } of found) {
      const collector = config.sources.get(access.source)?.collector ?? access.source;
      if (!sigma.collectors.has(collector)) continue;
      const matched = raw.flatMap((record) =>
        sigma.hits(collector, recordOf(collector, record.toString('utf8'), access)),
      );
      if (matched.length > 0) hits.set(access.id, onceEach(matched));
    }
  }
  for await (const accesses of judgeAccesses(store.client('judge', tenant), tenant, range, signal)) {
    yield hits.size === 0 ? accesses : accesses.map((access) => withHits(access, hits.get(access.id)));
  }
}

const withHits = (access: JudgedAccess, sigma: readonly SigmaHit[] | undefined): JudgedAccess =>
  sigma === undefined ? access : { ...access, sigma };

/** Several records of one act are one event. */
const onceEach = (hits: readonly SigmaHit[]): SigmaHit[] => [
  ...new Map(hits.map((hit) => [hit.rule, hit] as const)).values(),
];

function recordOf(collector: string, text: string, access: Access): SigmaRecord {
  const fields = recordFields(collector, text, access);
  return { text, field: (name) => fieldIn(fields, access as unknown as Record<string, unknown>, name) };
}

function fieldIn(
  fields: Readonly<Record<string, unknown>>,
  access: Readonly<Record<string, unknown>>,
  name: string,
): unknown {
  const value = name.startsWith('access.') ? access[name.slice(7)] : fields[name];
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
}
