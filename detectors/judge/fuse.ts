/** Findings about one actor and one day become one candidate with one score. */
import { type Candidate, candidateId, compareSeverity, type Severity } from '../../core/alert.ts';
import type { Finding } from '../../core/scene.ts';
import { isoOf } from '../../core/time.ts';

/** A breached fact ranks above whatever statistics can reach. */
const factFloor = 12;
/** What a further finding adds: unlikely things that come together are less likely still, but seldom independent. */
const furtherWeight = 0.7;
/** The same detector about another client: it shares most of its chance with the first. */
const againWeight = 0.3;
const accessesMax = 5_000;

export function fuse(findings: readonly Finding[], unknown: readonly string[]): Candidate | undefined {
  const byScore = [...findings].sort((a, b) => b.score - a.score || (a.detector < b.detector ? -1 : 1));
  const first = byScore[0];
  if (!first) return undefined;
  const facts = byScore.filter(({ basis }) => basis === 'fact');
  const statistic = sum(byScore.filter(({ basis }) => basis === 'statistic'));
  const score = facts.length > 0 ? factFloor + sum(facts) + statistic / 10 : statistic;
  const lead = facts[0] ?? first;
  const tenants = [...new Set(byScore.flatMap((f) => f.tenants))].sort();
  return {
    id: candidateId(first.actor, first.day, tenants),
    raised_at: isoOf(lead.decidedAt),
    day: first.day,
    actor: first.actor,
    tenants,
    detectors: [...new Set(byScore.map((f) => f.detector))],
    score,
    severity: worst(byScore),
    because: byScore.map((f) => f.because),
    accesses: [...new Set(byScore.flatMap((f) => f.accesses))].slice(0, accessesMax),
    unknown,
  };
}

/** `findings` strongest first. */
function sum(findings: readonly Finding[]): number {
  const spoken = new Set<string>();
  let total = 0;
  for (const { detector, score } of findings) {
    total += score * (spoken.size === 0 ? 1 : spoken.has(detector) ? againWeight : furtherWeight);
    spoken.add(detector);
  }
  return total;
}

const worst = (findings: readonly Finding[]): Severity =>
  findings.map((f) => f.severity).reduce((a, b) => (compareSeverity(a, b) < 0 ? b : a), 'low');
