/** Puts what the judge said where readers find it: findings of a client in its database, the rest in the firm's. */
import type { Finding } from '../core/scene.ts';
import { tenantId } from '../core/types.ts';
import { detectors } from '../detectors/index.ts';
import type { Store } from '../store/index.ts';
import { saveCandidates, withdrawCandidates } from '../store/queries/candidates.ts';
import { saveFindings } from '../store/queries/findings.ts';
import { forEachClient } from './stored-days.ts';
import type { Changed } from './verdicts.ts';

/** All others see one client: the firm’s own rules among them. */
const spanning = new Set(detectors.filter(({ level }) => level !== 'tenant').map(({ name }) => name));

export async function keepJudged(
  store: Store,
  { candidates, findings, withdrawn, withdrawnFindings }: Changed,
  signal: AbortSignal,
): Promise<void> {
  const version = Date.now();
  const byTenant = new Map<string, Finding[]>();
  const firm: Finding[] = [];
  for (const finding of [...findings, ...withdrawnFindings.map((gone) => ({ ...gone, score: 0 }))]) {
    const [tenant] = finding.tenants;
    if (spanning.has(finding.detector) || tenant === undefined) firm.push(finding);
    else byTenant.set(tenant, [...(byTenant.get(tenant) ?? []), finding]);
  }
  await forEachClient([...byTenant.keys()].map(tenantId), (tenant) =>
    saveFindings(store.client('judge', tenant), byTenant.get(tenant) ?? [], version, signal),
  );
  await saveFindings(store.firm('judge'), firm, version, signal);
  await saveCandidates(store.firm('judge'), candidates, version, signal);
  await withdrawCandidates(store.firm('judge'), withdrawn, version, signal);
}
