/** `cordon judge`: judges what is stored, and keeps what was said. */

import { saveLedger } from '../store/queries/ledger.ts';
import { saveSpread } from '../store/queries/spread.ts';
import { command } from './command.ts';
import { loadContext, storeOf } from './context.ts';
import { judgeStored } from './judge-stored.ts';
import { keepJudged } from './keep-judged.ts';
import { saveLessons } from './lesson-book.ts';
import { progress } from './progress.ts';
import { rangeOf, rangeOptions } from './range.ts';
import { countingAll } from './spread-heads.ts';
import { Verdicts } from './verdicts.ts';

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
    const saveCounted = await countingAll(context, store, io.signal);
    const verdicts = await Verdicts.kept(store, { candidates: range.days, findings: range.days }, io.signal);
    const bar = progress(io, { unit: 1, name: 'accesses' });
    const counts = { accesses: 0, candidates: 0, findings: 0, withdrawn: 0 };
    try {
      const { accesses } = await judgeStored(context, store, range, {
        recall: true,
        onDay: bar.update,
        signal: io.signal,
        async onSettled({ ledger, spread, lessons, stands, ...said }, days) {
          const changed = verdicts.settle(said, { ...days, stands });
          await keepJudged(store, changed, io.signal);
          await saveLedger(store.firm('judge'), ledger, io.signal);
          await saveSpread(store.firm('judge'), spread, Date.now(), io.signal);
          await saveLessons(store, lessons, io.signal);
          counts.candidates += said.candidates.length;
          counts.findings += said.findings.length;
          counts.withdrawn += changed.withdrawn.length;
        },
      });
      counts.accesses = accesses;
    } finally {
      bar.stop();
    }
    // Days after the range were not counted.
    if (values.to === undefined) await saveCounted();
    const seconds = (performance.now() - begun) / 1_000;
    io.out.write(
      values.json === true
        ? `${JSON.stringify({ ...counts, seconds })}\n`
        : `${counts.accesses} accesses judged in ${seconds.toFixed(1)} s: ${counts.candidates} candidates, ${counts.findings} findings\n`,
    );
    return 0;
  },
});
