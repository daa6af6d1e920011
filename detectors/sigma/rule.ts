/** A Sigma rule read whole or refused: every part that is not understood is named with its place. */
import type { Document } from '../../core/document.ts';
import { readCondition } from './condition.ts';
import { fieldKnown, type LogSource, logSourceOf, windowsEvents } from './sources.ts';
import { fieldTest } from './value.ts';

/** One raw record, as a rule asks it. */
export interface SigmaRecord {
  readonly text: string;
  field(name: string): unknown;
}

export const levels = ['informational', 'low', 'medium', 'high', 'critical'] as const;
export type Level = (typeof levels)[number];

export interface Named {
  readonly id: string;
  readonly name: string | undefined;
  readonly title: string;
  readonly description: string | undefined;
  readonly level: Level;
  readonly falsePositives: readonly string[];
  /** `T1078` or `T1078.004`, of the first tag that names a technique. */
  readonly attack: string | undefined;
  readonly where: string;
}

export interface SigmaRule extends Named {
  readonly source: LogSource;
  readonly matches: (record: SigmaRecord) => boolean;
}

export class Problems {
  readonly list: string[] = [];
  readonly document: Document;

  constructor(document: Document) {
    this.document = document;
  }

  at(path: readonly PropertyKey[], says: string, part: 'key' | 'value' = 'value'): void {
    this.list.push(`${this.document.where(path, part)}: ${path.map(String).join('.') || 'rule'}: ${says}`);
  }
}

type Json = Readonly<Record<string, unknown>>;
export const isMap = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Described by the specification, and nothing to judge by; `date` and `id` are checked by nobody. */
const plainKeys =
  `title id name related taxonomy status description license references author date modified logsource detection
  correlation fields falsepositives level tags scope generate simulation regression_tests_path`.split(/\s+/);

export function namedOf(document: Document, problems: Problems, levelUsual: Level = 'medium'): Named {
  const value = document.value as Json;
  for (const key of Object.keys(value)) if (!plainKeys.includes(key)) problems.at([key], 'unknown key', 'key');
  if (value['taxonomy'] !== undefined && value['taxonomy'] !== 'sigma')
    problems.at(['taxonomy'], 'taxonomies other than sigma are not supported');
  if (value['status'] === 'unsupported') problems.at(['status'], 'the rule says of itself that it is unsupported');
  const title = value['title'];
  if (typeof title !== 'string' || title === '') problems.at(['title'], 'is missing');
  const level = value['level'] ?? levelUsual;
  if (!levels.includes(level as Level)) problems.at(['level'], `must be one of: ${levels.join(', ')}`);
  const [id, name] = [value['id'], value['name']];
  if (typeof id !== 'string' && typeof name !== 'string')
    problems.at(['id'], 'is missing: its findings are called by it');
  const tags = Array.isArray(value['tags']) ? value['tags'].map(String) : [];
  const technique = tags
    .map((tag) => /^attack\.(t\d{4}(?:\.\d{3})?)$/i.exec(tag)?.[1])
    .find((tag) => tag !== undefined);
  const textOf = (part: unknown) => (typeof part === 'string' && part !== '' ? part.trim() : undefined);
  return {
    id: String(id ?? name),
    name: textOf(name),
    title: String(title),
    description: textOf(value['description']),
    level: level as Level,
    falsePositives: (Array.isArray(value['falsepositives']) ? value['falsepositives'] : []).map(String),
    attack: technique?.toUpperCase(),
    where: document.where([]),
  };
}

/** The rule; what is wrong with it is added to the problems, and then it must not be used. */
export function readRule(document: Document, problems: Problems): SigmaRule {
  const value = document.value as Json;
  const named = namedOf(document, problems);
  const logsource = isMap(value['logsource']) ? value['logsource'] : {};
  for (const key of Object.keys(logsource))
    if (!['product', 'service', 'category', 'definition'].includes(key))
      problems.at(['logsource', key], 'is not supported', 'key');
  const said = logSourceOf(logsource);
  if (typeof said === 'string') {
    problems.at(['logsource'], said);
    // Without a source no field has a meaning.
    return { ...named, source: nowhere, matches: never };
  }
  return { ...named, source: said, matches: detectionOf(value['detection'], said, problems) };
}

const nowhere: LogSource = { collector: '', fields: [], actor: [] };
const never = (): boolean => false;

function detectionOf(detection: unknown, source: LogSource, problems: Problems): SigmaRule['matches'] {
  if (!isMap(detection)) {
    problems.at(['detection'], 'is missing');
    return never;
  }
  const { condition, timeframe, ...searches } = detection;
  if (timeframe !== undefined) problems.at(['detection', 'timeframe'], 'is not supported; write a correlation rule');
  const tests = new Map(
    Object.entries(searches).map(([name, search]) => [name, searchOf(search, ['detection', name], source, problems)]),
  );
  const texts = Array.isArray(condition) ? condition : [condition];
  const conditions = texts.flatMap((text: unknown) => {
    const read = typeof text === 'string' ? readCondition(text, [...tests.keys()]) : 'is missing';
    if (typeof read !== 'string') return [read];
    problems.at(['detection', 'condition'], read);
    return [];
  });
  const { only } = source;
  return (record) =>
    (only === undefined || String(record.field(only[0])).toLowerCase() === only[1].toLowerCase()) &&
    conditions.some((holds) => holds((name) => tests.get(name)?.(record) ?? false));
}

/** A map is an AND of its fields, a list of maps an OR; a list of texts is looked for anywhere in the record. */
function searchOf(
  search: unknown,
  path: readonly PropertyKey[],
  source: LogSource,
  problems: Problems,
): SigmaRule['matches'] {
  if (isMap(search)) {
    const tests = Object.entries(search).map(([key, value]) => fieldOf(key, value, [...path, key], source, problems));
    return (record) => tests.every((test) => test(record));
  }
  if (Array.isArray(search) && search.length > 0 && search.every(isMap)) {
    const maps = search.map((map, i) => searchOf(map, [...path, i], source, problems));
    return (record) => maps.some((test) => test(record));
  }
  const words = Array.isArray(search) ? search : [search];
  if (words.length > 0 && words.every((word) => typeof word === 'string' || typeof word === 'number'))
    return fieldOf('', words, path, source, problems);
  problems.at(path, 'must be a set of fields, a list of such sets, or a list of keywords');
  return never;
}

function fieldOf(
  key: string,
  value: unknown,
  path: readonly PropertyKey[],
  source: LogSource,
  problems: Problems,
): SigmaRule['matches'] {
  const [field = '', ...modifiers] = key.split('|');
  // Keywords: anywhere in the whole record.
  if (field === '') {
    const test = fieldTest(['contains', ...modifiers], value);
    if (typeof test !== 'string') return (record) => test(record.text, (name) => record.field(name));
    problems.at(path, test);
    return never;
  }
  const known = fieldKnown(field, source);
  if (known !== true) problems.at(path, known, 'key');
  if (modifiers.includes('fieldref'))
    for (const name of [value].flat()) {
      const other = fieldKnown(String(name), source);
      if (other !== true) problems.at(path, other);
    }
  if (field === 'EventID') unread([value].flat(), path, problems);
  const test = fieldTest(modifiers, value);
  if (typeof test === 'string') {
    problems.at(path, test);
    return never;
  }
  return (record) => test(record.field(field), (name) => record.field(name));
}

/** A rule about events that never arrive would be silent for ever. */
function unread(ids: readonly unknown[], path: readonly PropertyKey[], problems: Problems): void {
  for (const id of ids) {
    if (windowsEvents.includes(Number(id))) continue;
    problems.at(path, `event ${String(id)} is not read by windows-security; it reads ${windowsEvents.join(', ')}`);
  }
}
