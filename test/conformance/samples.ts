/** Records of real systems with a parse that somebody else made, kept beside the checkout; its README states the rules of comparing. */
import { existsSync, readFileSync } from 'node:fs';
import type { Reading } from '../../core/types.ts';
import {
  type CollectorSettings,
  Ignored,
  isReading,
  noSettings,
  type Parsed,
  read,
  Unreadable,
} from '../../ingest/collector.ts';
import { collectors } from '../../ingest/collectors/index.ts';
import { shared } from '../helpers/shared.ts';

interface Expected {
  readonly time?: string;
  readonly actor?: string;
  readonly actor_alt?: readonly string[];
  readonly src_ip?: string;
  readonly action?: string;
  readonly outcome?: string | null;
  readonly object?: string;
  readonly object_type?: string;
  readonly session?: string;
  readonly host?: string;
  readonly app?: string;
  readonly rows?: number;
  readonly extra?: Readonly<Record<string, unknown>>;
}

export interface Sample {
  readonly source: string;
  readonly format: string;
  readonly raw: string;
  readonly class?: string;
  readonly expected: Expected;
  readonly suspect?: readonly string[];
}

export function samplesOf(...sources: string[]): Sample[] {
  return sources.flatMap((source) => {
    const file = new URL(`conformance/${source}.jsonl`, shared);
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    return lines.map((line): Sample => {
      const { actor_alt: alt, ...sample } = JSON.parse(line);
      return { ...sample, expected: { ...(alt ? { actor_alt: alt } : {}), ...sample.expected } };
    });
  });
}

const seenAt = Date.UTC(2026, 10, 1);

/** What is of no interest is so with a number, too. */
export function parse(
  name: string,
  raw: string,
  settings: Partial<CollectorSettings> = {},
): Reading | Unreadable | undefined {
  const collector = collectors.find((one) => one.name === name);
  if (collector === undefined) return new Unreadable(`no collector ${name}`);
  const parsed = read(collector.open({ ...noSettings, ...settings }), Buffer.from(raw), seenAt);
  return parsed instanceof Ignored ? undefined : parsed;
}

type Field = 'time' | 'actor' | 'src_ip' | 'outcome' | 'object' | 'object_type' | 'session' | 'host' | 'app' | 'rows';

/** What this format compares, and how where "equal" is not the question. */
export type Comparing = Partial<Record<Field, true | ((expected: never, reading: Reading, sample: Sample) => boolean)>>;

const usual: Readonly<Record<Field, (expected: never, reading: Reading, sample: Sample) => boolean>> = {
  time: (expected: string, { at }) => at === Date.parse(expected),
  actor: (expected: string, { account }, { expected: { actor_alt = [] } }) =>
    account !== undefined &&
    [expected, ...actor_alt].some((actor) => actor === account || account.endsWith(`\\${actor}`)),
  src_ip: (expected: string, { ip }) => ip === expected,
  outcome: (expected: string, { outcome }) => (expected === 'success') === (outcome === 'success'),
  object: (expected: string, { object }) => object === expected,
  object_type: (expected: string, { object_kind }) => object_kind === expected.toLowerCase(),
  session: (expected: string, { session }) => session === expected,
  host: (expected: string, { host }) => host === expected,
  app: (expected: string, { app }) => app === expected,
  rows: (expected: number, { rows }) => rows === expected,
};

export interface Agreement {
  samples: number;
  fields: number;
  readonly disagreements: string[];
}

export const noAgreement = (): Agreement => ({ samples: 0, fields: 0, disagreements: [] });

/** Adds one sample. A key that is absent, null or suspect asserts nothing. */
export function agree(into: Agreement, sample: Sample, parsed: Parsed, comparing: Comparing): void {
  into.samples += 1;
  if (!isReading(parsed)) {
    const why = parsed instanceof Unreadable ? parsed.reason : 'ignored';
    into.disagreements.push(`${sample.source}: ${why}: ${sample.raw.slice(0, 300)}`);
    return;
  }
  const suspect = (sample.suspect ?? []).map((field) => field.replace(/\W/g, ''));
  for (const [field, how] of Object.entries(comparing) as [Field, Comparing[Field]][]) {
    const expected = sample.expected[field];
    if (expected === undefined || expected === null || suspect.includes(field)) continue;
    const holds = how === true || how === undefined ? usual[field] : how;
    if (holds(expected as never, parsed, sample)) into.fields += 1;
    else into.disagreements.push(`${sample.source} ${field}: expected ${expected}, read ${JSON.stringify(parsed)}`);
  }
}
