/**
 * Which holes in a log's record numbers are usual, learnt from the log's own days: a forwarder that hands on some kinds of
 * events alone leaves holes always, and one that loses a record now and then often. Quantiles, never a mean: one large
 * hole teaches next to nothing, and what holes every day stops being news after a few.
 */
import type { Instant } from '../core/types.ts';

const dayMs = 86_400_000;
const daysKept = 30;
/** From so many days on, the log's days say what is usual; */
const daysMin = 7;
/** before, only a log whose numbers had next to no holes is known: so many steps from one number to the next, */
const stepsMin = 1_000;
/** of which one in so many was a hole at most. */
const holesOneIn = 1_000;
/** Share of the days whose longest hole is usual. */
const usualShare = 0.9;
/** Beyond this many times what is usual, a hole is news: nights, holidays and a busy neighbour lie within it. */
const farOutside = 8;
/** A log of which more than this share of steps are holes is filtered; what is usual in it the days will say. */
const filteredShare = 0.2;

/** Plain data: it is kept in the spool. */
export interface Habit {
  /** UTC day that is open, days since the epoch, and its longest hole so far. */
  day: number;
  longest: number;
  /** The longest hole of each of the last days on which the log spoke, latest last. */
  days: number[];
  steps: number;
  holes: number;
}

export const newHabit = (at: Instant): Habit => ({
  day: Math.floor(at / dayMs),
  longest: 0,
  days: [],
  steps: 0,
  holes: 0,
});

/** Time has come to `at`; it never goes back. */
export function turnDay(habit: Habit, at: Instant): void {
  const day = Math.floor(at / dayMs);
  if (day <= habit.day) return;
  habit.days.push(habit.longest);
  if (habit.days.length > daysKept) habit.days.shift();
  habit.day = day;
  habit.longest = 0;
}

export function learnHole(habit: Habit, missing: number): void {
  habit.holes += 1;
  habit.longest = Math.max(habit.longest, missing);
}

/** The longest hole that is usual; undefined: not known yet. */
export function usualHole({ days, steps, holes }: Habit): number | undefined {
  if (days.length >= daysMin) {
    const inOrder = [...days].sort((a, b) => a - b);
    return inOrder[Math.floor(usualShare * (inOrder.length - 1))];
  }
  return steps >= stepsMin && holes * holesOneIn <= steps ? 0 : undefined;
}

export const isNews = (missing: number, usual: number | undefined): boolean =>
  usual !== undefined && missing > farOutside * usual;

/** It never will be news, so that it need not wait for numbers that come late. */
export function isUsual(habit: Habit, missing: number): boolean {
  const usual = usualHole(habit);
  if (usual !== undefined) return !isNews(missing, usual);
  return habit.steps >= stepsMin && habit.holes > filteredShare * habit.steps;
}
