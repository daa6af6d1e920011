/** Findings about one actor and one day become one candidate with one score. */
import { type Candidate, candidateId, compareSeverity } from '../../core/alert.ts';
import type { Finding } from '../../core/scene.ts';
import { isoOf } from '../../core/time.ts';

/** What a breached fact adds: it ranks above whatever statistics reach. */
const factScore = 8;
/** The same detector about another client: it shares most of its chance with the first. So do others of one family. */
const againWeight = 0.3;
const againMax = 3;
const familyWeight = 0.3;
const accessesMax = 5_000;
/**
 * A weight below 1 says that such days are harmless as a rule. A volume that is rarer than one day of a person in
 * 10^rareFrom is beyond all the harmless ones that the firm has seen: what it is above that counts in full.
 */
const rareFrom = 3;

/** What fusing needs to know of a finding: its detector's, as the rules have it for the clients it is about. */
export interface Weighing {
  readonly weight: number;
  readonly family?: string;
  readonly cap?: number;
}

export interface Fused {
  /** Its score is that of its statistics, not calibrated yet; what is not known is not in it yet either. */
  readonly candidate: Candidate;
  /** A fact was breached. */
  readonly fact: boolean;
}

/** Findings of one actor and day, with calibrated scores; undefined: nothing was found. */
export function fuse(findings: readonly Finding[], weighingOf: (finding: Finding) => Weighing): Fused | undefined {
  const voices = voicesOf(findings, weighingOf);
  const breach = voices.find(({ strongest }) => strongest.basis === 'fact');
  const lead = breach ?? voices[0];
  if (!lead) return undefined;
  const { actor, day, decidedAt } = lead.strongest;
  const byWeight = voices.flatMap((voice) => voice.findings);
  const tenants = [...new Set(byWeight.flatMap((f) => f.tenants))].sort();
  const candidate = {
    id: candidateId(actor, day, tenants),
    raised_at: isoOf(decidedAt),
    day,
    actor,
    tenants,
    detectors: voices.map(({ strongest }) => strongest.detector),
    score: fusedScore(voices),
    severity: byWeight.map((f) => f.severity).reduce((a, b) => (compareSeverity(a, b) < 0 ? b : a), 'low' as const),
    because: byWeight.map((f) => f.because),
    accesses: [...new Set(byWeight.flatMap((f) => f.accesses))].slice(0, accessesMax),
    unknown: [],
  };
  return { candidate, fact: breach !== undefined };
}

/** Facts come before statistics: no statistic reaches what a breach adds, and among breaches the statistics rank. */
export const raisedByFact = ({ candidate, fact }: Fused, score: number): Candidate => ({
  ...candidate,
  score: fact ? factScore + score : belowFacts(score),
});

/** Keeps the order of statistics, and all of them below the facts; up to `bendFrom` a score stays as it is. */
const bendFrom = 7;
const belowFacts = (score: number): number =>
  score <= bendFrom ? score : factScore - (factScore - bendFrom) * Math.exp(-(score - bendFrom));

/** One detector's findings of the day, strongest first, and what they count together. */
interface Voice {
  readonly strongest: Finding;
  readonly findings: readonly Finding[];
  readonly family: string;
  readonly score: number;
}

function voicesOf(findings: readonly Finding[], weighingOf: (finding: Finding) => Weighing): Voice[] {
  const byDetector = new Map<string, Finding[]>();
  for (const finding of findings) {
    const list = byDetector.get(finding.detector);
    if (list) list.push(finding);
    else byDetector.set(finding.detector, [finding]);
  }
  const voices = [...byDetector].map(([detector, list]): Voice => {
    const counted = (finding: Finding) => countedAs(finding.score, weighingOf(finding));
    const sorted = list.sort(
      (a, b) => counted(b) - counted(a) || compareText(a.tenants.join(' '), b.tenants.join(' ')),
    );
    const [strongest = list[0] as Finding, ...again] = sorted;
    const weighing = weighingOf(strongest);
    const { family = detector, cap = Number.POSITIVE_INFINITY } = weighing;
    const sum = counted(strongest) + againWeight * total(again.slice(0, againMax).map(counted));
    return { strongest, findings: sorted, family, score: Math.min(countedAs(cap, weighing), sum) };
  });
  return voices.sort((a, b) => b.score - a.score || compareText(a.strongest.detector, b.strongest.detector));
}

function countedAs(score: number, { weight, family }: Weighing): number {
  if (family !== 'volume' || weight >= 1 || score <= rareFrom) return weight * score;
  return weight * rareFrom + (score - rareFrom);
}

/** `voices` strongest first. */
function fusedScore(voices: readonly Voice[]): number {
  const families = new Set<string>();
  let score = 0;
  for (const { family, score: own } of voices) {
    score += families.has(family) ? familyWeight * own : own;
    families.add(family);
  }
  return score;
}

const total = (numbers: readonly number[]): number => numbers.reduce((sum, n) => sum + n, 0);
const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
