/** `cordon judge`: judges what is stored, and keeps what was said. */

import type { Store } from '../store/index.ts';
import { candidatesOf } from '../store/queries/candidates.ts';
import { saveLedger } from '../store/queries/ledger.ts';
import { type SpreadRow, saveSpread } from '../store/queries/spread.ts';
import { command } from './command.ts';
import { loadContext, storeOf } from './context.ts';
import { explainerOf, type Replayed, replay } from './judging.ts';
import { keepJudged } from './keep-judged.ts';
import { progress } from './progress.ts';
import { type Range, rangeOf, rangeOptions } from './range.ts';
import { refusedBatches } from './refusals.ts';
import { landedHeads, saveCounted } from './spread-heads.ts';

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
    const begun = performance.now();
    await using store = await storeOf(context, 'attach', io.signal);
    const bar = progress(io, { unit: 1, name: 'accesses' });
    const heads = await landedHeads(context.config.data);
    let said: Replayed;
    try {
      const explainer = explainerOf(context);
      const onSpread = (rows: readonly SpreadRow[]) => saveSpread(store.firm('judge'), rows, Date.now(), io.signal);
      said = await replay(context, store, { ...range, explainer, onDay: bar.update, onSpread, signal: io.signal });
    } finally {
      bar.stop();
    }
    saveCounted(context.config.data, heads);
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

/** What an earlier judgement said of these days and this one does not is withdrawn: how many were. */
async function keep(store: Store, said: Replayed, range: Range, signal: AbortSignal): Promise<number> {
  const now = new Set(said.candidates.map(({ id }) => id));
  const before = await candidatesOf(store.firm('judge'), range.days, signal);
  const judged = before.filter(({ detectors }) => !detectors.includes(refusedBatches));
  const withdrawn = judged.map(({ id }) => id).filter((id) => !now.has(id));
  await keepJudged(store, { ...said, withdrawn }, signal);
  await saveLedger(store.firm('judge'), said.ledger, signal);
  return withdrawn.length;
}
