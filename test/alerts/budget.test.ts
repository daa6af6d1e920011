import { describe, expect, test } from '@jest/globals';
import { type BudgetRules, emptyBudget, quotaPerDay, spend } from '../../alerts/budget.ts';
import type { Candidate } from '../../core/alert.ts';
import { candidate } from './example.ts';

const dayMs = 86_400_000;
const begin = Date.parse('2026-03-02T00:00:00.000Z');
const rules: BudgetRules = { staff: 200, budget_per_day_per_1000: 5, muted: () => false };

const at = (days: number, score: number, over: Partial<Candidate> = {}): Candidate =>
  candidate({
    id: `${days}/${score}`,
    raised_at: new Date(begin + days * dayMs).toISOString(),
    score,
    severity: 'medium',
    ...over,
  });
const reasons = (candidates: readonly Candidate[], with_: Partial<BudgetRules> = {}) =>
  spend(candidates, { ...rules, ...with_ }).verdicts.map(({ reason }) => reason);

/** The same numbers each run: a linear congruential generator (Numerical Recipes). */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

test('the first finding of a small firm is told, the second of the same hour waits', () => {
  expect(reasons([at(0, 3), at(0.01, 3.5)], { staff: 24 })).toEqual(['within-budget', 'over-budget']);
});

test('unused quota lapses beyond one day and one more', () => {
  const later = [30, 30.001, 30.002, 30.003].map((day, n) => at(day, 9 + n));
  expect(reasons([at(0, 1), ...later])).toEqual([
    'within-budget',
    'within-budget',
    'within-budget',
    'over-budget',
    'over-budget',
  ]);
});

test('a breached fact is never held back, neither by an empty budget nor by a mute', () => {
  const candidates = [at(0, 9), at(0.1, 9.1), at(0.2, 0.1, { severity: 'critical' })];
  expect(reasons(candidates)).toEqual(['within-budget', 'over-budget', 'hierarchy']);
  expect(reasons(candidates, { muted: () => true })).toEqual(['muted', 'muted', 'hierarchy']);
});

test('what is muted costs nothing', () => {
  const muted = (c: Candidate) => c.score === 99;
  expect(reasons([at(0, 99), at(0.01, 2)], { muted })).toEqual(['muted', 'within-budget']);
});

test('a candidate that grows stays an alert and costs one token', () => {
  const grown = [at(0, 5, { id: 'x' }), at(0.1, 7, { id: 'x' }), at(1.2, 9, { id: 'x' }), at(1.3, 6, { id: 'y' })];
  expect(reasons(grown)).toEqual(['within-budget', 'within-budget', 'within-budget', 'within-budget']);
});

test('a candidate below the limit becomes an alert when it grows beyond it', () => {
  const past = Array.from({ length: 40 }, (_, n) => at(n / 4, 5 + (n % 4)));
  const { state } = spend(past, rules);
  const { verdicts } = spend([at(10.2, 2, { id: 'x' }), at(10.9, 30, { id: 'x' })], rules, state);
  expect(verdicts.map(({ alert }) => alert)).toEqual([false, true]);
});

test('decided in two runs or in one, the verdicts are the same', () => {
  const roll = dice(7);
  const all = Array.from({ length: 300 }, (_, n) => at(n / 20, roll() * 10));
  const whole = spend(all, rules).verdicts;
  const first = spend(all.slice(0, 137), rules, emptyBudget);
  const second = spend(all.slice(137), rules, structuredClone(first.state));
  expect([...first.verdicts, ...second.verdicts]).toEqual(whole);
});

describe('sixty days of noise with some trouble in it', () => {
  // 20 a day of 1,000 staff's noise, and every third day one that scores higher than most of it.
  const roll = dice(42);
  const noise = Array.from({ length: 60 * 20 }, () => at(roll() * 60, -Math.log(roll()), {}));
  const trouble = Array.from({ length: 20 }, (_, n) =>
    at(n * 3 + roll(), 4.5 + roll() * 4, { detectors: ['trouble'] }),
  );
  const all = [...noise, ...trouble].sort((a, b) => a.raised_at.localeCompare(b.raised_at));
  const firm = { ...rules, staff: 1_000 };
  const { verdicts } = spend(all, firm);
  const told = verdicts.filter(({ alert }) => alert);
  const troubleIn = (some: readonly Candidate[]) => some.filter(({ detectors }) => detectors[0] === 'trouble').length;

  /** What somebody could do who knew each day's end: the best of each day. */
  const hindsight = Array.from({ length: 60 }, (_, day) =>
    all
      .filter(({ raised_at }) => Math.floor((Date.parse(raised_at) - begin) / dayMs) === day)
      .sort((a, b) => b.score - a.score)
      .slice(0, quotaPerDay(firm)),
  ).flat();

  test('it spends its budget and not more', () => {
    expect(told.length).toBeLessThanOrEqual(60 * 5 + 6);
    expect(told.length).toBeGreaterThan(60 * 5 * 0.7);
  });

  test('it finds nearly all that hindsight would have found', () => {
    expect(troubleIn(hindsight)).toBeGreaterThanOrEqual(19);
    expect(troubleIn(told.map((verdict) => verdict.candidate))).toBeGreaterThanOrEqual(18);
  });

  test('all candidates stay listed, told or not', () => expect(verdicts).toHaveLength(all.length));
});
