/** `cordon backtest`: what would have been said of the stored days, with this configuration or another; nothing is kept. */
import type { Candidate } from '../core/alert.ts';
import { candidatesOf } from '../store/queries/candidates.ts';
import { command } from './command.ts';
import { loadContext, storeOf } from './context.ts';
import { explainerOf, replay } from './judging.ts';
import { progress } from './progress.ts';
import { rangeOf, rangeOptions } from './range.ts';

/** Scores that differ by less are the same. */
const scoreTolerance = 1e-9;

export const backtest = command({
  name: 'backtest',
  examples: [
    'cordon backtest --from -30d --with new.yaml  # what another directory, facts or geo table would have said',
    'cordon backtest --from 2026-03-01 --to 2026-03-31  # against what is kept',
    'cordon backtest --with new.yaml --json > diff.json',
  ],
  options: {
    ...rangeOptions,
    with: { type: 'string', value: 'CONFIG', help: 'another configuration over the same stored accesses' },
  },

  async run({ values }, io) {
    const context = loadContext(values, io);
    const range = rangeOf(values, context);
    const other =
      values.with === undefined ? context : { ...loadContext({ config: values.with }, io), tenants: context.tenants };
    await using store = await storeOf(context, 'attach', io.signal);
    const bar = progress(io, { unit: 1, name: 'accesses' });
    const judged = (which: typeof context) =>
      replay(which, store, { ...range, explainer: explainerOf(which), onDay: bar.update, signal: io.signal });
    let before: readonly Candidate[];
    let after: readonly Candidate[];
    try {
      before =
        values.with === undefined
          ? await candidatesOf(store.firm('read'), range.days, io.signal)
          : (await judged(context)).candidates;
      after = (await judged(other)).candidates;
    } finally {
      bar.stop();
    }
    const diff = diffOf(before, after);
    io.out.write(values.json === true ? `${JSON.stringify(diff)}\n` : inWords(diff));
    return diff.added.length + diff.gone.length + diff.changed.length > 0 ? 1 : 0;
  },
});

export interface Diff {
  readonly before: number;
  readonly after: number;
  readonly added: readonly Candidate[];
  readonly gone: readonly Candidate[];
  readonly changed: readonly { readonly before: Candidate; readonly after: Candidate }[];
}

/** By id: the same actor and day is the same candidate. Strongest first. */
export function diffOf(before: readonly Candidate[], after: readonly Candidate[]): Diff {
  const was = new Map(before.map((candidate) => [candidate.id, candidate]));
  const is = new Map(after.map((candidate) => [candidate.id, candidate]));
  const byScore = (a: Candidate, b: Candidate) => b.score - a.score || (a.id < b.id ? -1 : 1);
  const changed = [...is.values()].sort(byScore).flatMap((candidate) => {
    const old = was.get(candidate.id);
    return old && differ(old, candidate) ? [{ before: old, after: candidate }] : [];
  });
  return {
    before: was.size,
    after: is.size,
    added: [...is.values()].filter(({ id }) => !was.has(id)).sort(byScore),
    gone: [...was.values()].filter(({ id }) => !is.has(id)).sort(byScore),
    changed,
  };
}

const differ = (a: Candidate, b: Candidate): boolean =>
  Math.abs(a.score - b.score) > scoreTolerance ||
  a.detectors.join() !== b.detectors.join() ||
  a.severity !== b.severity;

function inWords({ before, after, added, gone, changed }: Diff): string {
  const line = (sign: string, { day, actor, score, detectors, tenants }: Candidate, was = '') =>
    `${sign} ${day}  ${was}${score.toFixed(2)}  ${actor ?? 'several people'}  ${tenants.join(', ')}  ${detectors.join(' + ')}\n`;
  return [
    `${before} candidates before, ${after} after: ${added.length} added, ${gone.length} gone, ${changed.length} changed\n`,
    ...added.map((candidate) => line('+', candidate)),
    ...gone.map((candidate) => line('-', candidate)),
    ...changed.map((change) => line('~', change.after, `${change.before.score.toFixed(2)} → `)),
  ].join('');
}
