/** Reading facts from NDJSON: each line checked, each complaint with FILE:LINE. What they mean is said in facts.ts. */
import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import { z } from 'zod';
import type { Directory } from './directory/directory.ts';
import { barrierKinds, countryCode, networkText } from './directory/schema.ts';
import { fail, readBytes, sentencesOf } from './document.ts';
import { Fault } from './errors.ts';
import type { Fact, FactOp } from './facts.ts';
import { isDate, localMidnight, parseTimestamp } from './time.ts';
import { actorId, type Instant, tenantId } from './types.ts';

/** One fact is short; a longer line is a mistake. */
const lineBytesMax = 65_536;
const fileBytesMax = 512 * 1024 * 1024;

const text = z.string().min(1, 'must not be empty').max(1_024);
const timestamp = z
  .string()
  .refine((t) => !Number.isNaN(parseTimestamp(t)), 'is not an RFC 3339 date-time; write one as 2026-03-04T09:15:00Z');
const time = z
  .string()
  .refine(
    (t) => isDate(t) || !Number.isNaN(parseTimestamp(t)),
    'is neither a date nor an RFC 3339 date-time; write 2026-03-04 or 2026-03-04T09:15:00Z',
  );
const between = z.tuple([text, text]);

const recorded = { recorded_at: timestamp };
const span = { from: time, to: time };

/** A fact as it is written, by `op`. */
const shapes = {
  hire: z.strictObject({ ...recorded, op: z.literal('hire'), person: text, from: time }),
  notice: z.strictObject({ ...recorded, op: z.literal('notice'), person: text, ...span }),
  terminate: z.strictObject({ ...recorded, op: z.literal('terminate'), person: text, from: time }),
  assign: z.strictObject({
    ...recorded,
    op: z.literal('assign'),
    person: text,
    client: text,
    matter: text.optional(),
    from: time,
    to: time.optional(),
  }),
  unassign: z.strictObject({
    ...recorded,
    op: z.literal('unassign'),
    person: text,
    client: text,
    matter: text.optional(),
    to: time,
  }),
  cover: z.strictObject({
    ...recorded,
    op: z.literal('cover'),
    person: text,
    for: text,
    client: text.optional(),
    ...span,
  }),
  ticket: z.strictObject({
    ...recorded,
    op: z.literal('ticket'),
    id: text,
    person: text,
    client: text,
    reason: text,
    ...span,
  }),
  absence: z.strictObject({ ...recorded, op: z.literal('absence'), person: text, ...span }),
  travel: z.strictObject({ ...recorded, op: z.literal('travel'), person: text, country: countryCode, ...span }),
  office_move: z.strictObject({
    ...recorded,
    op: z.literal('office_move'),
    office: text,
    networks: z.array(networkText).min(1).max(10_000),
    from: time,
  }),
  barrier: z.strictObject({
    ...recorded,
    op: z.literal('barrier'),
    between,
    kind: z.enum(barrierKinds).default('absolute'),
    from: time,
  }),
  unbarrier: z.strictObject({ ...recorded, op: z.literal('unbarrier'), between, to: time }),
} as const satisfies Record<FactOp, z.ZodType>;

const factOps = Object.keys(shapes) as FactOp[];
const opOnly = z.looseObject({ op: z.enum(factOps) });

type Shapes = typeof shapes;
type WrittenFact = { [K in FactOp]: z.output<Shapes[K]> }[FactOp];

/** A fact and the line it came in, whose canonical JSON is what is stored. */
export interface FactLine {
  readonly fact: Fact;
  /** The object as it was written, keys sorted: what `fact.id` is the hash of. */
  readonly json: string;
  readonly line: number;
}

/**
 * Reads a file of facts, whole or not at all; empty lines are skipped. Throws FACT_INVALID listing what is wrong as
 * `FILE:LINE: path: sentence`. `zone` is the firm's, for dates without a time.
 */
export function readFactFile(file: string, zone: string): FactLine[] {
  const parsed: FactLine[] = [];
  const problems: string[] = [];
  for (const { bytes, line } of linesOf(readBytes(file, fileBytesMax, 'FACT_INVALID'))) {
    const value = jsonOf(bytes);
    if (value === blank) continue;
    const said = value instanceof Fault ? [value.message] : readFact(value, zone);
    if (Array.isArray(said)) problems.push(...said.map((problem) => `${file}:${line}: ${problem}`));
    else parsed.push({ ...said, line });
  }
  if (problems.length > 0) fail('FACT_INVALID', problems);
  return parsed;
}

/** The lines of a file and their numbers, from 1. A last line without its `\n` is given as well: `whole` says so. */
export function* linesOf(bytes: Buffer): Generator<{ bytes: Buffer; line: number; whole: boolean }> {
  let begin = 0;
  for (let line = 1; begin < bytes.length; line += 1) {
    const end = bytes.indexOf(10, begin);
    yield { bytes: bytes.subarray(begin, end < 0 ? bytes.length : end), line, whole: end >= 0 };
    begin = end < 0 ? bytes.length : end + 1;
  }
}

export const blank = Symbol('a line with nothing on it');

/** What a line of NDJSON holds; a Fault (returned, not thrown) when it is no JSON. */
export function jsonOf(bytes: Buffer): unknown {
  if (bytes.length > lineBytesMax) {
    return new Fault('FACT_INVALID', `the line has ${bytes.length} bytes; at most ${lineBytesMax} are read`);
  }
  if (!isUtf8(bytes)) return new Fault('FACT_INVALID', 'the line is not UTF-8');
  const content = bytes.toString('utf8').replace(/^\uFEFF/, '');
  if (content.trim() === '') return blank;
  try {
    return JSON.parse(content);
  } catch {
    return new Fault('FACT_INVALID', 'the line is not one whole JSON object');
  }
}

/** The fact that a parsed line states, or what is wrong with it. */
export function readFact(value: unknown, zone: string): Omit<FactLine, 'line'> | string[] {
  const op = opOnly.safeParse(value);
  if (!op.success) return sentencesOf(value, opOnly, op.error.issues);
  const shape = shapes[op.data.op];
  const result = shape.safeParse(value);
  if (!result.success) return sentencesOf(value, shape, result.error.issues);
  const json = canonical(value);
  const fact = factOf(result.data, hash('sha256', json, 'hex').slice(0, 32), zone);
  if ('from' in fact && 'to' in fact && fact.to !== undefined && fact.to < fact.from)
    return ['`to` lies before `from`'];
  return { fact, json };
}

/** JSON with the keys of every object sorted and no blanks: the same fact written differently is the same text. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const record = value as Readonly<Record<string, unknown>>;
  return `{${Object.keys(record)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(record[key])}`)
    .join(',')}}`;
}

function factOf(w: WrittenFact, id: string, zone: string): Fact {
  const start = (t: string): Instant => (isDate(t) ? localMidnight(zone, t) : parseTimestamp(t));
  const end = (t: string): Instant => (isDate(t) ? localMidnight(zone, t, 1) : parseTimestamp(t));
  const base = { id, recordedAt: parseTimestamp(w.recorded_at) };
  switch (w.op) {
    case 'hire':
    case 'terminate':
      return { ...base, op: w.op, person: actorId(w.person), from: start(w.from) };
    case 'notice':
    case 'absence':
      return { ...base, op: w.op, person: actorId(w.person), from: start(w.from), to: end(w.to) };
    case 'travel':
      return { ...base, op: w.op, person: actorId(w.person), country: w.country, from: start(w.from), to: end(w.to) };
    case 'office_move':
      return { ...base, op: w.op, office: w.office, networks: w.networks, from: start(w.from) };
    case 'barrier':
      return { ...base, op: w.op, between: pair(w.between), kind: w.kind, from: start(w.from) };
    case 'unbarrier':
      return { ...base, op: w.op, between: pair(w.between), to: end(w.to) };
    default:
      return ofClient(w, base, start, end);
  }
}

type ClientFact = Extract<WrittenFact, { op: 'assign' | 'unassign' | 'cover' | 'ticket' }>;

function ofClient(
  w: ClientFact,
  base: { id: string; recordedAt: Instant },
  start: (t: string) => Instant,
  end: (t: string) => Instant,
): Fact {
  const person = actorId(w.person);
  if (w.op === 'cover') {
    const client = w.client === undefined ? undefined : tenantId(w.client);
    return { ...base, op: w.op, person, for: actorId(w.for), client, from: start(w.from), to: end(w.to) };
  }
  const client = tenantId(w.client);
  if (w.op === 'ticket') {
    return { ...base, op: w.op, ticket: w.id, person, client, reason: w.reason, from: start(w.from), to: end(w.to) };
  }
  if (w.op === 'unassign') return { ...base, op: w.op, person, client, matter: w.matter, to: end(w.to) };
  const to = w.to === undefined ? undefined : end(w.to);
  return { ...base, op: w.op, person, client, matter: w.matter, from: start(w.from), to };
}

const pair = ([a, b]: readonly [string, string]) => [tenantId(a), tenantId(b)] as const;

/** What a fact mentions and the directory does not have; empty when all is known. */
export function strangersOf(fact: Fact, directory: Directory): string[] {
  const strangers: string[] = [];
  const actor = (id: string) => {
    if (!directory.people.has(actorId(id)) && !directory.services.has(actorId(id))) {
      strangers.push(`the directory has no person \`${id}\``);
    }
  };
  const client = (id: string) => {
    if (!directory.clients.has(tenantId(id))) strangers.push(`the directory has no client \`${id}\``);
  };
  if ('person' in fact) actor(fact.person);
  if (fact.op === 'cover') actor(fact.for);
  if ('client' in fact && fact.client !== undefined) client(fact.client);
  if ('between' in fact) fact.between.forEach(client);
  if (fact.op === 'office_move' && !directory.offices.has(fact.office)) {
    strangers.push(`the directory has no office \`${fact.office}\``);
  }
  return strangers;
}
