/**
 * Files that people write: YAML 1.2 or JSON (which is YAML), read with positions, so that every complaint about their
 * content names file, line and column. Nothing is guessed: a key twice, an unknown key, a wrong type are all errors.
 */
import { isUtf8 } from 'node:buffer';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  parseDocument,
  type Document as YamlDocument,
} from 'yaml';
import { z } from 'zod';
import { Fault, type FaultCode } from './errors.ts';
import { nearest } from './nearest.ts';

const documentBytesMax = 64 * 1024 * 1024;
const chunkBytes = 64 * 1024;
/** What a `*` may stand for again; the guard against a file that unfolds without end. */
const aliasesMax = 100;
const problemsMax = 20;

type Path = readonly PropertyKey[];
export type DocumentFaultCode = Extract<FaultCode, 'CONFIG_INVALID' | 'DIRECTORY_INVALID' | 'FACT_INVALID'>;

/** What a file said, and where it said it. */
export interface Document {
  readonly name: string;
  readonly value: unknown;
  /** `FILE:LINE:COL` of the value at this path, or of what comes nearest to it when there is none. */
  where(path: Path, part?: 'key' | 'value'): string;
}

/** Reads and parses; throws a Fault of that code for a file that cannot be read, is too large, or is not YAML. */
export function readDocument(file: string, code: DocumentFaultCode): Document {
  const bytes = readBytes(file, documentBytesMax, code);
  if (!isUtf8(bytes)) throw new Fault(code, `${file}: the file is not UTF-8 text`);
  return parseText(bytes.toString('utf8'), file, code);
}

/** Several documents in one file, `---` between them; empty ones are left out. */
export function readDocuments(file: string, code: DocumentFaultCode): Document[] {
  const bytes = readBytes(file, documentBytesMax, code);
  if (!isUtf8(bytes)) throw new Fault(code, `${file}: the file is not UTF-8 text`);
  const lines = new LineCounter();
  const parsed = parseAllDocuments(bytes.toString('utf8'), {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
  });
  const documents = Array.isArray(parsed) ? parsed : [];
  return documents
    .map((one) => documentOf(one, file, lines, code))
    .filter(({ value }) => value !== null && value !== undefined);
}

/** A whole file (or pipe), if it is not larger than that. */
export function readBytes(file: string, bytesMax: number, code: DocumentFaultCode): Buffer {
  let fd: number | undefined;
  try {
    fd = openSync(file, 'r');
    const chunks: Buffer[] = [];
    for (let size = 0; size <= bytesMax; ) {
      // One byte more than there should be tells the end of the file from its growth.
      const chunk = Buffer.allocUnsafe(Math.min(Math.max(fstatSync(fd).size - size + 1, chunkBytes), bytesMax + 1));
      const count = readSync(fd, chunk);
      if (count === 0) return Buffer.concat(chunks);
      chunks.push(chunk.subarray(0, count));
      size += count;
    }
    throw new Fault(code, `${file}: the file has more than ${bytesMax} bytes, which is all that is read`);
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    throw new Fault(code, `${file}: ${reasonOf(cause)}`, {}, cause);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function reasonOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES') return 'the file may not be read by this user';
  if (code === 'EISDIR') return 'this is a folder, not a file';
  return `the file cannot be read (${code ?? String(error)})`;
}

export function parseText(text: string, name: string, code: DocumentFaultCode): Document {
  const lines = new LineCounter();
  let parsed: YamlDocument.Parsed;
  try {
    parsed = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true, version: '1.2' });
  } catch (cause) {
    throw endless(name, code, cause);
  }
  return documentOf(parsed, name, lines, code);
}

const endless = (name: string, code: DocumentFaultCode, cause: unknown) =>
  new Fault(code, `${name}: the file is nested too deeply or repeats itself too often to be read`, {}, cause);

function documentOf(parsed: YamlDocument.Parsed, name: string, lines: LineCounter, code: DocumentFaultCode): Document {
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${name}:${line}:${col}`;
  };
  // The parser is recursive, and notes the end of its stack as an error of the text.
  const overflow = parsed.errors.find(({ message }) => message.includes('call stack'));
  if (overflow) throw endless(name, code, overflow);
  if (parsed.errors.length > 0) {
    fail(
      code,
      parsed.errors.map((error) => `${place(error.pos[0])}: ${plain(error.message)}`),
    );
  }
  let value: unknown;
  try {
    value = parsed.toJS({ maxAliasCount: aliasesMax });
  } catch (cause) {
    throw endless(name, code, cause);
  }
  return { name, value, where: (path, part = 'value') => place(offsetOf(parsed, path, part)) };
}

const plain = (message: string) => {
  const line = message.replaceAll(/\s+/g, ' ').trim();
  return line.charAt(0).toLowerCase() + line.slice(1);
};

/** Walks down as far as the path can be followed; what is missing is reported at its parent. */
function offsetOf(parsed: YamlDocument.Parsed, path: Path, part: 'key' | 'value'): number {
  let node: unknown = parsed.contents;
  let offset = (parsed.contents as Node | null)?.range?.[0] ?? 0;
  for (const [depth, step] of path.entries()) {
    if (isAlias(node)) node = node.resolve(parsed);
    let key: unknown;
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
      if (!pair) return offset;
      key = pair.key;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
    } else {
      return offset;
    }
    const wanted = part === 'key' && depth === path.length - 1 && key ? key : (node ?? key);
    offset = (wanted as Node | undefined)?.range?.[0] ?? offset;
  }
  return offset;
}

/** What the schema makes of the document. Throws a Fault of that code that lists every complaint with its place. */
export function checked<S extends z.ZodType>(document: Document, schema: S, code: DocumentFaultCode): z.output<S> {
  const result = schema.safeParse(document.value);
  if (result.success) return result.data;
  fail(code, complaints(document, schema, result.error.issues));
}

/** One Fault for all problems of a file: the first twenty, and how many more there are. */
export function fail(code: DocumentFaultCode, problems: readonly string[]): never {
  const shown = problems.slice(0, problemsMax);
  if (problems.length > shown.length) shown.push(`and ${problems.length - shown.length} more`);
  throw new Fault(code, shown.join('\n'), { problems: problems.length });
}

type Issue = z.core.$ZodIssue;

interface Complaint {
  readonly path: Path;
  readonly part: 'key' | 'value';
  readonly sentence: string;
}

function complaints(document: Document, schema: z.ZodType, issues: readonly Issue[]): string[] {
  return complaintsOf(document.value, schema, issues).map(
    ({ path, part, sentence: said }) => `${document.where(path, part)}: ${said}`,
  );
}

/** The complaints as `path: sentence`, for a value that has no place of its own, such as a line of NDJSON. */
export function sentencesOf(value: unknown, schema: z.ZodType, issues: readonly Issue[]): string[] {
  return complaintsOf(value, schema, issues).map(({ sentence: said }) => said);
}

function complaintsOf(root: unknown, schema: z.ZodType, issues: readonly Issue[]): Complaint[] {
  let finder: ReturnType<typeof keyFinder> | undefined;
  const keysAt = (path: Path): string[] => {
    finder ??= keyFinder(schema);
    return finder(path);
  };
  const all: Complaint[] = [];
  // A misspelt key is also a missing one; it is said once, where it was written.
  const meant = new Set<string>();
  for (const issue of issues) {
    if (issue.code !== 'unrecognized_keys') continue;
    for (const key of issue.keys) {
      const path = [...issue.path, key];
      const known = keysAt(issue.path);
      const near = nearest(key, known);
      if (near) meant.add(pathText([...issue.path, near]));
      const hint = near ? `did you mean \`${near}\`?` : `known here: ${known.join(', ') || 'nothing'}`;
      all.push({ path, part: 'key', sentence: `${pathText(path)}: unknown key; ${hint}` });
    }
  }
  for (const issue of issues) {
    if (issue.code === 'unrecognized_keys') continue;
    const value = valueAt(root, issue.path);
    const path = pathText(issue.path);
    if (value === undefined && meant.has(path)) continue;
    const said = sentence(issue, value);
    all.push({
      path: issue.path,
      part: issue.code === 'invalid_key' ? 'key' : 'value',
      sentence: path ? `${path}: ${said}` : said,
    });
  }
  return all;
}

/** A schema's own message wins; the library's are put in our words. */
function sentence(issue: Issue, value: unknown): string {
  if (value === undefined && issue.code !== 'custom') return 'is missing';
  if (issue.code === 'invalid_type') return `must be ${article(issue.expected)}, but is ${article(kindOf(value))}`;
  if (issue.code === 'invalid_value') return oneOf(issue.values.map(String), value);
  if (issue.code === 'invalid_union') {
    if (issue.discriminator) return oneOf(((issue as { options?: unknown[] }).options ?? []).map(String), value);
    return [...new Set(issue.errors.map((branch) => branch[0]).map((first) => (first ? sentence(first, value) : '')))]
      .filter(Boolean)
      .join(', or ');
  }
  if (issue.code === 'invalid_key') return issue.issues.map((inner) => inner.message).join('; ');
  return issue.message;
}

function oneOf(known: readonly string[], value: unknown): string {
  const near = typeof value === 'string' ? nearest(value, known) : undefined;
  return near ? `\`${value}\` is not known; did you mean \`${near}\`?` : `must be one of: ${known.join(', ')}`;
}

const kindOf = (value: unknown) => (value === null ? 'empty' : Array.isArray(value) ? 'array' : typeof value);

const articles: Readonly<Record<string, string>> = {
  string: 'text',
  object: 'a set of keys',
  record: 'a set of keys',
  array: 'a list',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};
const article = (kind: string) => articles[kind] ?? kind;

/** `clients[3].resources[0].path` */
const pathText = (path: Path): string =>
  path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text ? `${text}.${String(step)}` : String(step);
  }, '');

function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const step of path) value = (value as Record<PropertyKey, unknown> | null | undefined)?.[step];
  return value;
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
}

/** Which keys a schema knows at a path. Read off its JSON Schema, which is the published form of the same thing. */
function keyFinder(schema: z.ZodType): (path: Path) => string[] {
  const root = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' }) as JsonSchema;
  const branches = (at: JsonSchema): JsonSchema[] => [
    at,
    ...[...(at.anyOf ?? []), ...(at.oneOf ?? []), ...(at.allOf ?? [])].flatMap(branches),
  ];
  const step = (at: JsonSchema, name: PropertyKey): JsonSchema[] => {
    if (typeof name === 'number') return at.items ? [at.items] : [];
    const property = at.properties?.[String(name)];
    if (property) return [property];
    return typeof at.additionalProperties === 'object' ? [at.additionalProperties] : [];
  };
  return (path) => {
    let here = branches(root);
    for (const name of path) here = here.flatMap((at) => step(at, name)).flatMap(branches);
    return [...new Set(here.flatMap((at) => Object.keys(at.properties ?? {})))];
  };
}
