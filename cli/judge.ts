/** `cordon judge`: judges what is stored, and keeps what was said. */

import { tenantId } from '../core/types.ts';
import { detectors } from '../detectors/index.ts';
import { openStore, type Store } from '../store/index.ts';
import { candidatesOf, saveCandidates } from '../store/queries/candidates.ts';
import { saveFindings } from '../store/queries/findings.ts';
import { saveLedger } from '../store/queries/ledger.ts';
import { command } from './command.ts';
import { loadContext } from './context.ts';
import { explainerOf, type Replayed, replay } from './judging.ts';
import { progress } from './progress.ts';
import { type Range, rangeOf, rangeOptions } from './range.ts';

export const judge = command({
  name: 'judge',
  examples: [
    'cordon judge',
    'cordon judge --from 2026-03-01 --to 2026-03-31  # days before still teach what is usual',
    'cordon alerts --candidates --json',
  ],
  options: rangeOptions,

  async run({ values }, io) {
    const context = loadContext(values, io);
    const range = rangeOf(values, context);
    const { config, tenants, log } = context;
    const begun = performance.now();
    await using store = await openStore({
      config,
      dataDir: config.data,
      tenants,
      log,
      signal: io.signal,
      mode: 'attach',
    });
    const bar = progress(io, { unit: 1, name: 'accesses' });
    let said: Replayed;
    try {
      const explainer = explainerOf(context);
      said = await replay(context, store, { ...range, explainer, onDay: bar.update, signal: io.signal });
    } finally {
      bar.stop();
    }
    const withdrawn = await keep(store, said, range, io.signal);
    const seconds = (performance.now() - begun) / 1_000;
    const { accesses, candidates, findings } = said;
    io.out.write(
      values.json === true
        ? `${JSON.stringify({ accesses, candidates: candidates.length, withdrawn, findings: findings.length, seconds })}\n`
        : `${accesses} accesses judged in ${seconds.toFixed(1)} s: ${candidates.length} candidates, ${findings.length} findings\n`,
    );
    return 0;
  },
});

const levels = new Map(detectors.map(({ name, level }) => [name, level]));

/** What an earlier judgement said of these days and this one does not is withdrawn: how many were. */
async function keep(store: Store, said: Replayed, range: Range, signal: AbortSignal): Promise<number> {
  const version = Date.now();
  const byTenant = new Map<string, (typeof said.findings)[number][]>();
  const firm: (typeof said.findings)[number][] = [];
  for (const finding of said.findings) {
    const [tenant] = finding.tenants;
    if (levels.get(finding.detector) !== 'tenant' || tenant === undefined) firm.push(finding);
    else byTenant.set(tenant, [...(byTenant.get(tenant) ?? []), finding]);
  }
  for (const [tenant, findings] of byTenant) {
    await saveFindings(store.client('judge', tenantId(tenant)), findings, version, signal);
  }
  await saveFindings(store.firm('judge'), firm, version, signal);
  const now = new Set(said.candidates.map(({ id }) => id));
  const before = await candidatesOf(store.firm('judge'), range.days, signal);
  const gone = before.filter(({ id }) => !now.has(id)).map((candidate) => ({ ...candidate, score: 0 }));
  await saveCandidates(store.firm('judge'), [...said.candidates, ...gone], version, signal);
  await saveLedger(store.firm('judge'), said.ledger, signal);
  return gone.length;
}
