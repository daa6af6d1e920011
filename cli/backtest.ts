/** `cordon backtest`: what would have been said of the stored days, with this configuration or another; nothing is kept. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Candidate } from '../core/alert.ts';
import { readDocument } from '../core/document.ts';
import type { Store } from '../store/index.ts';
import { candidatesOf } from '../store/queries/candidates.ts';
import { command, type Io } from './command.ts';
import { type Context, loadContext, storeOf } from './context.ts';
import { judgeStored } from './judge-stored.ts';
import { progress } from './progress.ts';
import { type Range, rangeOf, rangeOptions } from './range.ts';
import { refusedBatches } from './refusals.ts';
import { rulesOf } from './rules-files.ts';
import { alertsOf } from './telling.ts';

/** Scores that differ by less are the same. */
const scoreTolerance = 1e-9;

export const backtest = command({
  name: 'backtest',
  examples: [
    'cordon backtest --from -30d --with new.yaml  # what another configuration, or other rules, would have said',
    'cordon backtest --with rules/new.yaml --json > diff.json  # rules alone: a file or folder of them',
    'cordon backtest --from 2026-03-01 --to 2026-03-31  # against what is kept',
  ],
  options: {
    ...rangeOptions,
    with: {
      type: 'string',
      value: 'CONFIG',
      help: 'another configuration, or other rules, over the same stored accesses',
    },
  },

  async run({ values }, io) {
    const context = loadContext(values, io);
    const range = rangeOf(values, context);
    const other = values.with === undefined ? context : otherOf(values.with, context, io);
    await using store = await storeOf(context, 'attach', io.signal);
    // What landing said is no judgement.
    const kept = async () =>
      (await candidatesOf(store.firm('read'), range.days, io.signal)).filter(
        ({ detectors }) => !detectors.includes(refusedBatches),
      );
    const before = values.with === undefined ? await kept() : undefined;
    const diff = await backtested(context, other, store, range, io, before);
    io.out.write(values.json === true ? `${JSON.stringify(diff)}\n` : diffInWords(diff));
    return diff.added.length + diff.gone.length + diff.changed.length > 0 ? 1 : 0;
  },
});

/** What two configurations say of the same stored days; `before`: where that was said already. */
export async function backtested(
  context: Context,
  other: Context,
  store: Store,
  range: Range,
  io: Io,
  before?: readonly Candidate[],
): Promise<Backtested> {
  const bar = progress(io, { unit: 1, name: 'accesses' });
  const judged = async (which: Context): Promise<Candidate[]> => {
    const said: Candidate[] = [];
    await judgeStored(which, store, range, {
      recall: false,
      onDay: bar.update,
      signal: io.signal,
      onSettled: async ({ candidates }) => void said.push(...candidates),
    });
    return said;
  };
  try {
    const was = before ?? (await judged(context));
    const is = await judged(other);
    const within = (which: Context, candidates: readonly Candidate[]) => alertsOf(candidates, which, new Map()).length;
    return { ...diffOf(was, is), alerts: { before: within(context, was), after: within(other, is) } };
  } finally {
    bar.stop();
  }
}

/**
 * The same store and the facts recorded in it, seen by other settings. A file that names sources is a configuration; anything else is
 * taken for rules, which then stand in place of those there are.
 */
function otherOf(path: string, context: Context, io: Io): Context {
  const file = resolve(io.cwd, path);
  const folder = statSync(file, { throwIfNoEntry: false })?.isDirectory() === true;
  const value = folder ? undefined : readDocument(file, 'CONFIG_INVALID').value;
  const whole = typeof value === 'object' && value !== null && 'sources' in value;
  if (!whole) return { ...context, rules: rulesOf([file], context.directory) };
  const other = loadContext({ config: file }, io);
  return { ...other, config: { ...other.config, data: context.config.data }, tenants: context.tenants };
}

interface Backtested extends Diff {
  /** How many the budget lets through. */
  readonly alerts: { readonly before: number; readonly after: number };
}

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

/** As text for a pull request. */
export function diffInWords({ before, after, added, gone, changed, alerts }: Backtested): string {
  const line = (sign: string, { day, actor, score, severity, detectors, tenants }: Candidate, was = '') =>
    `${sign} ${day}  ${was}${score.toFixed(2)}  ${severity}  ${actor ?? 'several people'}  ${tenants.join(', ')}  ${detectors.join(' + ')}\n`;
  const whole = (sign: string, candidate: Candidate) => [
    line(sign, candidate),
    ...candidate.because.map((sentence) => `      ${sentence}\n`),
  ];
  return [
    `${before} candidates before, ${after} after: ${added.length} added, ${gone.length} gone, ${changed.length} changed\n`,
    `${alerts.before} alerts within the budget before, ${alerts.after} after\n`,
    ...added.flatMap((candidate) => whole('+', candidate)),
    ...gone.flatMap((candidate) => whole('-', candidate)),
    ...changed.map((change) => line('~', change.after, wasOf(change.before, change.after))),
  ].join('');
}

/** What was otherwise before: the score always, severity and detectors where they differ. */
function wasOf(before: Candidate, after: Candidate): string {
  const severity = before.severity === after.severity ? '' : ` ${before.severity}`;
  const detectors = before.detectors.join() === after.detectors.join() ? '' : ` ${before.detectors.join(' + ')}`;
  return `${before.score.toFixed(2)}${severity}${detectors} → `;
}
