/** Runs the tests that stand beside rules: a small history through the real judge, and what is said of its last day. */
import type { Directory } from '../core/directory/directory.ts';
import { createExplainer } from '../core/explain.ts';
import { readFact } from '../core/fact-lines.ts';
import type { Fact } from '../core/facts.ts';
import type { Finding, JudgedAccess } from '../core/scene.ts';
import type { SigmaHit } from '../core/sigma-hit.ts';
import type { ActorId } from '../core/types.ts';
import { dayMs, dayNumber, dayText } from './judge/who.ts';
import { createJudge } from './judge.ts';
import type { Rules } from './rules.ts';
import type { RuleTest } from './rules-schema.ts';
import type { SigmaRecord } from './sigma/rule.ts';

/** More than that is a load test. */
const accessesMax = 200_000;
/** Everything that speaks is listed, however usual. */
const floor = Number.NEGATIVE_INFINITY;

export interface RuleTestResult {
  readonly name: string;
  /** Sentences; empty: it holds. */
  readonly problems: readonly string[];
}

/** `collectorOf`: of a configured source; what nobody configured is called like its collector. */
export function runRuleTest(
  test: RuleTest,
  directory: Directory,
  rules: Rules,
  collectorOf: (source: string) => string,
): RuleTestResult {
  const facts = factsOf(test, directory);
  const accesses = accessesOf(test, directory, (record, access) =>
    rules.sigma.hits(collectorOf(access.source), writtenRecord(record, access)),
  );
  if (facts.problems.length > 0) return { name: test.name, problems: facts.problems };
  if (accesses.length > accessesMax)
    return { name: test.name, problems: [`makes ${accesses.length} accesses; at most ${accessesMax} are judged`] };
  const explainer = createExplainer(directory, facts.facts);
  const judge = createJudge({ directory, explainer, rules, floor });
  const days = [...new Set(accesses.map(({ at }) => dayNumber(at)))].sort((a, b) => a - b);
  const last = days[days.length - 1] ?? 0;
  let findings: Finding[] = [];
  for (const day of days) {
    judge.take(accesses.filter(({ at }) => dayNumber(at) === day));
    judge.close(day - 1);
    findings = judge.judge().findings.filter((finding) => finding.day === dayText(last));
  }
  return { name: test.name, problems: problemsOf(test, findings) };
}

function problemsOf({ expect, not }: RuleTest, findings: readonly Finding[]): string[] {
  const said = findings.map(({ detector, tenants }) => `${detector} (${tenants.join(', ') || 'firm'})`);
  const heard = said.length === 0 ? 'nothing spoke' : `what spoke: ${[...new Set(said)].join('; ')}`;
  if (expect === 'none') return findings.length === 0 ? [] : [`nothing was to speak; ${heard}`];
  const missing = expect
    .filter((wanted) => !findings.some((finding) => fits(finding, wanted)))
    .map((wanted) => `${JSON.stringify(wanted)} was to speak; ${heard}`);
  const unwanted = not
    .filter((name) => findings.some(({ detector }) => detector === name))
    .map((name) => `${name} was to be silent; ${heard}`);
  return [...missing, ...unwanted];
}

function fits(finding: Finding, wanted: Exclude<RuleTest['expect'], 'none'>[number]): boolean {
  return (
    finding.detector === wanted.detector &&
    (wanted.actor === undefined || finding.actor === wanted.actor) &&
    (wanted.severity === undefined || finding.severity === wanted.severity) &&
    (wanted.tenants === undefined || wanted.tenants.toSorted().join() === finding.tenants.toSorted().join())
  );
}

function factsOf({ facts }: RuleTest, { firm }: Directory): { facts: Fact[]; problems: string[] } {
  const read = facts.map((value) => readFact(value, firm.time_zone));
  return {
    facts: read.flatMap((said) => (Array.isArray(said) ? [] : [said.fact])),
    problems: read.flatMap((said, i) => (Array.isArray(said) ? said.map((problem) => `facts[${i}]: ${problem}`) : [])),
  };
}

function accessesOf(
  { accesses }: RuleTest,
  directory: Directory,
  hits: (record: RecordWritten, access: JudgedAccess) => SigmaHit[],
): JudgedAccess[] {
  const made: JudgedAccess[] = [];
  for (const [line, written] of accesses.entries()) {
    const { at, seen_at, times, every_seconds, days, object, actor, record, ...rest } = written;
    for (let day = 0; day < days; day += 1) {
      for (let n = 0; n < times && made.length <= accessesMax; n += 1) {
        const later = day * dayMs + n * every_seconds * 1_000;
        const when = Date.parse(at) + later;
        const access: JudgedAccess = {
          ...rest,
          id: idOf(line, day, n),
          at: when,
          seenAt: seen_at === undefined ? when : Date.parse(seen_at) + later,
          actor,
          actor_kind: kindOf(actor, directory),
          object: object?.replaceAll('{n}', String(n)).replaceAll('{day}', String(day)),
          count: 1,
        };
        made.push(record === undefined ? access : { ...access, sigma: hits(record, access) });
      }
    }
  }
  return made.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
}

type RecordWritten = Readonly<Record<string, unknown>>;

/** The fields that a test writes down instead of a whole record. */
const writtenRecord = (fields: RecordWritten, access: JudgedAccess): SigmaRecord => ({
  text: JSON.stringify(fields),
  field: (name) => (name.startsWith('access.') ? (access as unknown as RecordWritten)[name.slice(7)] : fields[name]),
});

const idOf = (line: number, day: number, n: number): string =>
  [line, day, n]
    .map((part) => part.toString(16).padStart(8, '0'))
    .join('')
    .padStart(32, '0');

function kindOf(actor: string | undefined, { people, services }: Directory): JudgedAccess['actor_kind'] {
  if (actor === undefined) return 'unknown';
  if (services.has(actor as ActorId)) return 'service';
  return people.has(actor as ActorId) ? 'person' : 'unknown';
}
