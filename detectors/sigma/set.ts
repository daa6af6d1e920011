/** Sigma documents together: correlations find the rules they name, and every record the rules that ask it. */
import type { Document } from '../../core/document.ts';
import { nearest } from '../../core/nearest.ts';
import type { SigmaHit } from '../../core/sigma-hit.ts';
import { readCorrelation, type SigmaCorrelation } from './correlation.ts';
import type { SigmaSet } from './detectors.ts';
import { isMap, Problems, readRule, type SigmaRecord, type SigmaRule } from './rule.ts';
import { fieldKnown } from './sources.ts';

const rulesMax = 5_000;

export const isSigma = ({ value }: Document): boolean =>
  isMap(value) && ('detection' in value || 'correlation' in value || 'logsource' in value);

interface ReadDocument<R> {
  readonly rule: R;
  readonly problems: Problems;
}

export interface Sigma extends SigmaSet {
  /** Which of the rules a record of that collector matches. */
  hits(collector: string, record: SigmaRecord): SigmaHit[];
  /** Collectors whose records are asked at all. */
  readonly collectors: ReadonlySet<string>;
}

/** The rules, and what is wrong: `FILE:LINE:COL: sentence`. With problems, they must not be used. */
export function readSigma(documents: readonly Document[]): { readonly sigma: Sigma; readonly problems: string[] } {
  const rules: ReadDocument<SigmaRule>[] = [];
  const correlations: ReadDocument<SigmaCorrelation>[] = [];
  for (const document of documents.slice(0, rulesMax)) {
    const problems = new Problems(document);
    if (isMap(document.value) && 'correlation' in document.value) {
      if ('detection' in document.value)
        problems.at(['detection'], 'a correlation stands in a document of its own', 'key');
      correlations.push({ rule: readCorrelation(document, problems), problems });
    } else rules.push({ rule: readRule(document, problems), problems });
  }
  const all = [...rules, ...correlations];
  const more = documents.length > rulesMax ? [`more than ${rulesMax} Sigma rules`] : [];
  twice(all);
  const linked = correlations.map((one) => ({ rule: one.rule, ids: idsOf(one, all) }));
  const circles = linked.filter(({ rule }) => reaches(rule.id, rule.id, linked, new Set()));
  for (const { rule } of circles)
    correlations.find((one) => one.rule === rule)?.problems.at(['correlation', 'rules'], 'leads back to itself');
  if (circles.length === 0)
    for (const one of correlations)
      grouping(
        one,
        bases(
          one.rule.id,
          linked,
          rules.map(({ rule }) => rule),
        ),
      );
  const sigma = sigmaOf(
    rules.map(({ rule }) => rule),
    linked,
  );
  return { sigma, problems: [...all.flatMap(({ problems }) => problems.list), ...more] };
}

export const noSigma: Sigma = sigmaOf([], []);

type Linked = SigmaSet['correlations'];

function twice(all: readonly ReadDocument<SigmaRule | SigmaCorrelation>[]): void {
  const first = new Map<string, string>();
  for (const { rule, problems } of all) {
    for (const key of new Set([rule.id, rule.name].filter((one) => one !== undefined))) {
      const before = first.get(key);
      if (before !== undefined) problems.at(['id'], `\`${key}\` is another rule’s id or name already, in ${before}`);
      first.set(key, rule.where);
    }
  }
}

function idsOf(
  { rule, problems }: ReadDocument<SigmaCorrelation>,
  all: readonly ReadDocument<SigmaRule | SigmaCorrelation>[],
): string[] {
  return rule.rules.map((written, i) => {
    const found = all.find((other) => other.rule.id === written || other.rule.name === written);
    if (found) return found.rule.id;
    const near = nearest(
      written,
      all.flatMap((other) => [other.rule.id, other.rule.name ?? other.rule.id]),
    );
    problems.at(
      ['correlation', 'rules', i],
      `there is no rule \`${written}\` among those read${near ? `; did you mean \`${near}\`?` : ''}`,
    );
    return written;
  });
}

function reaches(from: string, to: string, linked: Linked, seen: Set<string>): boolean {
  for (const id of linked.find(({ rule }) => rule.id === from)?.ids ?? []) {
    if (id === to) return true;
    if (seen.has(id)) continue;
    seen.add(id);
    if (reaches(id, to, linked, seen)) return true;
  }
  return false;
}

/** The rules whose records it is made of in the end, and what each of them is called there. */
function bases(id: string, linked: Linked, rules: readonly SigmaRule[]): SigmaRule[] {
  const own = linked.find(({ rule }) => rule.id === id);
  if (!own) return rules.filter((rule) => rule.id === id);
  return own.ids.flatMap((inner) => bases(inner, linked, rules));
}

/** A scene is one actor's: whatever is counted over several actors would not be seen whole. */
function grouping({ rule, problems }: ReadDocument<SigmaCorrelation>, made: readonly SigmaRule[]): void {
  for (const base of made) {
    const fields = rule.groupBy.map((name) => {
      const written = Object.entries(rule.aliases[name] ?? {}).find(([key]) => key === base.name || key === base.id);
      return rule.aliases[name] === undefined ? name : written?.[1];
    });
    for (const [i, field] of fields.entries()) {
      const known = field === undefined ? true : fieldKnown(field, base.source);
      if (known !== true) problems.at(['correlation', 'group-by', i], known);
    }
    const actors = [...base.source.actor, 'access.actor', 'access.account'];
    if (!fields.some((field) => field !== undefined && actors.includes(field)))
      problems.at(
        ['correlation', 'group-by'],
        `must name the account (${actors.join(', ')}): what several people do together is not seen in one scene`,
      );
    if (rule.field !== undefined) {
      const known = fieldKnown(rule.field, base.source);
      if (known !== true) problems.at(['correlation', 'condition', 'field'], known);
    }
  }
}

function sigmaOf(rules: readonly SigmaRule[], correlations: Linked): Sigma {
  const wanted = correlations.flatMap(({ rule }) => [
    ...rule.groupBy,
    ...(rule.field === undefined ? [] : [rule.field]),
    ...Object.values(rule.aliases).flatMap((alias) => Object.values(alias)),
  ]);
  const kept = [...new Set(wanted)];
  const byCollector = new Map<string, SigmaRule[]>();
  for (const rule of rules)
    byCollector.set(rule.source.collector, [...(byCollector.get(rule.source.collector) ?? []), rule]);
  return {
    rules,
    correlations,
    collectors: new Set(byCollector.keys()),
    hits(collector, record) {
      const matched = (byCollector.get(collector) ?? []).filter((rule) => rule.matches(record));
      if (matched.length === 0) return [];
      const values = Object.fromEntries(
        kept.flatMap((name) => {
          const value = record.field(name);
          return value === undefined || value === null ? [] : [[name, String(value)] as const];
        }),
      );
      return matched.map(({ id }) => ({ rule: id, values }));
    },
  };
}
