/** Puts what the judge said where readers find it: findings of a client in its database, the rest in the firm's. */
import type { Candidate } from '../core/alert.ts';
import type { Finding } from '../core/scene.ts';
import { tenantId } from '../core/types.ts';
import { detectors } from '../detectors/index.ts';
import type { Store } from '../store/index.ts';
import { saveCandidates, withdrawCandidates } from '../store/queries/candidates.ts';
import { saveFindings } from '../store/queries/findings.ts';

/** All others see one client: the firm’s own rules among them. */
const spanning = new Set(detectors.filter(({ level }) => level !== 'tenant').map(({ name }) => name));

export interface Said {
  readonly candidates: readonly Candidate[];
  readonly findings: readonly Finding[];
  /** Ids of candidates that are no longer so. */
  readonly withdrawn: readonly string[];
}

export async function keepJudged(
  store: Store,
  { candidates, findings, withdrawn }: Said,
  signal: AbortSignal,
): Promise<void> {
  const version = Date.now();
  const byTenant = new Map<string, Finding[]>();
  const firm: Finding[] = [];
  for (const finding of findings) {
    const [tenant] = finding.tenants;
    if (spanning.has(finding.detector) || tenant === undefined) firm.push(finding);
    else byTenant.set(tenant, [...(byTenant.get(tenant) ?? []), finding]);
  }
  for (const [tenant, own] of byTenant) {
    await saveFindings(store.client('judge', tenantId(tenant)), own, version, signal);
  }
  await saveFindings(store.firm('judge'), firm, version, signal);
  await saveCandidates(store.firm('judge'), candidates, version, signal);
  await withdrawCandidates(store.firm('judge'), withdrawn, version, signal);
}
