/** Sigma correlation rules (specification 2.0): hits of other rules within a time span, by the fields they group by. */
import type { Document } from '../../core/document.ts';
import type { Instant } from '../../core/types.ts';
import { isMap, type Named, namedOf, type Problems } from './rule.ts';

/** A record that matched, or a correlation that held; its access, and what it may be grouped by. */
export interface Event {
  readonly rule: string;
  readonly at: Instant;
  readonly accesses: readonly number[];
  readonly values: Readonly<Record<string, string>>;
}

const types = ['event_count', 'value_count', 'temporal', 'temporal_ordered'] as const;
type Type = (typeof types)[number];

export interface SigmaCorrelation extends Named {
  readonly type: Type;
  /** Ids or names, as written. */
  readonly rules: readonly string[];
  readonly groupBy: readonly string[];
  /** Alias → rule, as written → field. */
  readonly aliases: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly spanMs: number;
  readonly counts: (count: number) => boolean;
  /** value_count: what is counted. */
  readonly field: string | undefined;
  /** The rules it is made of speak for themselves, too. */
  readonly generate: boolean;
}

const dayMs = 86_400_000;
const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: dayMs };
const comparisons: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  gt: (a, b) => a > b,
  gte: (a, b) => a >= b,
  lt: (a, b) => a < b,
  lte: (a, b) => a <= b,
  eq: (a, b) => a === b,
};
const keys = ['type', 'rules', 'group-by', 'timespan', 'condition', 'aliases'];

export function readCorrelation(document: Document, problems: Problems): SigmaCorrelation {
  const value = document.value as Readonly<Record<string, unknown>>;
  const named = namedOf(document, problems);
  const given = isMap(value['correlation']) ? value['correlation'] : {};
  for (const key of Object.keys(given))
    if (!keys.includes(key)) problems.at(['correlation', key], 'is not supported', 'key');
  const type = types.find((one) => one === given['type']);
  if (!type) problems.at(['correlation', 'type'], `must be one of: ${types.join(', ')}`);
  const rules = list(given['rules']);
  if (rules.length === 0) problems.at(['correlation', 'rules'], 'names no rule');
  const groupBy = list(given['group-by']);
  const span = /^(\d{1,6})([smhd])$/.exec(String(given['timespan'] ?? ''));
  const spanMs = Number(span?.[1] ?? 0) * (unitMs[span?.[2] ?? ''] ?? 0);
  if (spanMs <= 0) problems.at(['correlation', 'timespan'], 'write a number and s, m, h or d');
  if (spanMs > dayMs)
    problems.at(['correlation', 'timespan'], 'more than a day is not supported: a scene is one actor’s day');
  const usual = type === 'temporal' || type === 'temporal_ordered' ? { gte: rules.length } : undefined;
  const { counts, field } = conditionOf(given['condition'] ?? usual, type, problems);
  return {
    ...named,
    type: type ?? 'event_count',
    rules,
    groupBy,
    aliases: isMap(given['aliases']) ? (given['aliases'] as SigmaCorrelation['aliases']) : {},
    spanMs,
    counts,
    field,
    generate: value['generate'] === true,
  };
}

const list = (value: unknown): string[] =>
  Array.isArray(value) ? value.map(String) : typeof value === 'string' ? [value] : [];

function conditionOf(condition: unknown, type: Type | undefined, problems: Problems) {
  const path = ['correlation', 'condition'];
  const never = { counts: () => false, field: undefined };
  if (!isMap(condition)) {
    problems.at(path, condition === undefined ? 'is missing' : 'must be a set of gt, gte, lt, lte or eq');
    return never;
  }
  const { field, ...bounds } = condition;
  if ((type === 'value_count') !== (typeof field === 'string'))
    problems.at(path, type === 'value_count' ? 'needs the `field` that is counted' : '`field` belongs to value_count');
  const tests = Object.entries(bounds).flatMap(([name, bound]) => {
    const compare = comparisons[name];
    if (compare && typeof bound === 'number') return [(count: number) => compare(count, bound)];
    problems.at([...path, name], compare ? 'must be a number' : 'is not supported; gt, gte, lt, lte and eq are');
    return [];
  });
  if (!['gt', 'gte', 'eq'].some((name) => name in bounds))
    problems.at(path, 'needs gt, gte or eq: fewer than something is always so at some time');
  return {
    counts: (count: number) => tests.every((test) => test(count)),
    field: typeof field === 'string' ? field : undefined,
  };
}

/** Times when it held; a window that held is not counted again. `events` are in order of time. `ids`: of its rules, in their order. */
export function correlate(rule: SigmaCorrelation, ids: readonly string[], events: readonly Event[]): Event[] {
  const found: Event[] = [];
  for (const [key, group] of grouped(rule, ids, events)) {
    for (let from = 0; from < group.length; ) {
      const window = windowAt(rule, ids, group, from);
      if (!window) {
        from += 1;
        continue;
      }
      const last = window[window.length - 1] as Event;
      found.push({
        rule: rule.id,
        at: last.at,
        accesses: [...new Set(window.flatMap(({ accesses }) => accesses))],
        values: { ...last.values, ...Object.fromEntries(rule.groupBy.map((name, i) => [name, key[i] ?? ''])) },
      });
      from = group.indexOf(last) + 1;
    }
  }
  return found.sort((a, b) => a.at - b.at);
}

function grouped(rule: SigmaCorrelation, ids: readonly string[], events: readonly Event[]) {
  const groups = new Map<string, readonly [readonly string[], Event[]]>();
  for (const event of events) {
    const place = ids.indexOf(event.rule);
    if (place === -1) continue;
    const written = rule.rules[place] ?? '';
    const key = rule.groupBy.map((name) => event.values[rule.aliases[name]?.[written] ?? name]);
    // Without one of the fields it belongs to no group.
    if (key.some((value) => value === undefined)) continue;
    const text = JSON.stringify(key);
    const group = groups.get(text) ?? ([key as string[], [] as Event[]] as const);
    group[1].push(event);
    groups.set(text, group);
  }
  return groups.values();
}

/** The events from that one on, until the condition holds; undefined: it does not within the time span. */
function windowAt(
  rule: SigmaCorrelation,
  ids: readonly string[],
  group: readonly Event[],
  from: number,
): readonly Event[] | undefined {
  const begin = group[from]?.at ?? 0;
  const within = group.slice(from).filter(({ at }) => at - begin <= rule.spanMs);
  if (rule.type === 'temporal_ordered') return inOrder(rule, ids, within);
  if (rule.type === 'event_count' && rule.counts(within.length)) return within;
  const seen = new Set<string>();
  for (const [i, event] of within.entries()) {
    const counted = rule.type === 'value_count' ? event.values[rule.field ?? ''] : event.rule;
    if (counted !== undefined) seen.add(counted);
    if (rule.type !== 'event_count' && rule.counts(seen.size) && reaches(rule, within, seen))
      return within.slice(0, i + 1);
  }
  return undefined;
}

/** An upper bound must hold for the whole window, not only for its beginning. */
function reaches(rule: SigmaCorrelation, within: readonly Event[], seen: ReadonlySet<string>): boolean {
  if (rule.type !== 'value_count') return true;
  const all = new Set([...seen, ...within.flatMap(({ values }) => values[rule.field ?? ''] ?? [])]);
  return rule.counts(all.size);
}

/** One event of each rule, in the order of the rules; at the same time counts as in order. */
function inOrder(
  rule: SigmaCorrelation,
  ids: readonly string[],
  within: readonly Event[],
): readonly Event[] | undefined {
  const taken: Event[] = [];
  for (const event of within) if (event.rule === ids[taken.length]) taken.push(event);
  return within[0]?.rule === ids[0] && taken.length > 0 && rule.counts(taken.length) ? taken : undefined;
}
