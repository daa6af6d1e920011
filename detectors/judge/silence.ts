/** Neighbouring hours in which a source says next to nothing, though it spoke in them on every day alike. */
import type { SilentHours } from '../../core/silence.ts';
import type { SourceScene } from '../../core/source-scene.ts';

/** What the detector's settings say, and what holds for a candidate's unknowns. */
export interface SilenceLimits {
  /** Accesses that no day alike had fewer of in those hours. */
  readonly leastMin: number;
  /** Of the expected accesses. */
  readonly shareMax: number;
  /** Of the negative binomial. */
  readonly shape: number;
  readonly hoursMin: number;
  /** Days that must be known. */
  readonly daysMin: number;
}

export interface Silence extends SilentHours {
  readonly score: number;
}

/** Of one day. Hours that are not over yet are not silent. A client's silence within one of the whole source is that one's. */
export function silencesOf(scene: SourceScene, limits: SilenceLimits): Silence[] {
  const { seen, expected, alike, days, around, hoursOver } = scene;
  const { leastMin, shareMax, shape, hoursMin, daysMin } = limits;
  if (days < daysMin || alike.length === 0) return [];
  const silences: Silence[] = [];
  const quiet = (hour: number) => (seen[hour] ?? 0) <= shareMax * (expected[hour] ?? 0);
  const end = Math.min(seen.length, hoursOver);
  for (let from = 0; from < end; from += 1) {
    let until = from;
    while (until < end && quiet(until)) until += 1;
    if (until === from) continue;
    const sum = (hours: readonly number[], shift = 0) =>
      hours.slice(Math.max(0, from + shift), until + shift).reduce((total, n) => total + n, 0);
    // Clocks put forward or back move a job by an hour.
    const least = Math.min(...alike.flatMap((hours) => [-1, 0, 1].map((shift) => sum(hours, shift))));
    const others = around ? around.slice(from, until).filter((n) => n > 0).length : until - from;
    if (until - from >= hoursMin && least >= leastMin && others > (until - from) / 2) {
      const score = Math.log10(alike.length + 1) + shape * Math.log10(1 + sum(expected) / shape);
      silences.push({ from, hours: until - from, expected: Math.round(sum(expected)), seen: sum(seen), score });
    }
    from = until;
  }
  return silences;
}
