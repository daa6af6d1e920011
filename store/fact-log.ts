/**
 * The fact log: `facts.jsonl` in the data folder. Lines are added and never changed; a fact that is there already is
 * not added again. A line is `{"imported_at", "fact"}`: when this installation was told, beside what the fact itself
 * says of that (`recorded_at`), and the fact as it was written.
 */
import { closeSync, existsSync, fstatSync, fsyncSync, ftruncateSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { readBytes } from '../core/document.ts';
import { Fault } from '../core/errors.ts';
import { blank, type FactLine, jsonOf, linesOf, readFact } from '../core/fact-lines.ts';
import type { Fact } from '../core/facts.ts';
import { syncFolder } from '../core/sync-folder.ts';
import { isoOf } from '../core/time.ts';
import type { Instant } from '../core/types.ts';

const logBytesMax = 1024 * 1024 * 1024;

export interface FactLog {
  /** In the order in which they were imported. Grows by `append`. */
  readonly facts: readonly Fact[];
  /** Bytes of a last line that was never finished (a crash while it was written); 0 otherwise. They state nothing. */
  readonly tornBytes: number;
  /** On disk when it returns. Throws SPOOL_FULL when the disk is full: then nothing was added. */
  append(lines: readonly Pick<FactLine, 'fact' | 'json'>[], now: Instant): { added: number; known: number };
}

/** `zone` is the firm's. Throws FACT_INVALID, naming the line, for a log that was damaged. */
export function openFactLog(dataFolder: string, zone: string): FactLog {
  const file = join(dataFolder, 'facts.jsonl');
  const facts: Fact[] = [];
  const ids = new Set<string>();
  let whole = 0;
  let torn = 0;
  const bytes = existsSync(file) ? readBytes(file, logBytesMax, 'FACT_INVALID') : Buffer.alloc(0);
  for (const { bytes: content, line, whole: ended } of linesOf(bytes)) {
    if (!ended) {
      torn = content.length;
      break;
    }
    whole += content.length + 1;
    const fact = storedFact(content, `${file}:${line}`, zone);
    if (fact && !ids.has(fact.id)) {
      ids.add(fact.id);
      facts.push(fact);
    }
  }

  return {
    facts,
    tornBytes: torn,
    append(lines, now) {
      const fresh = new Map<string, Pick<FactLine, 'fact' | 'json'>>();
      for (const line of lines) if (!ids.has(line.fact.id)) fresh.set(line.fact.id, line);
      if (fresh.size > 0) {
        const text = [...fresh.values()].map(({ json }) => `{"imported_at":"${isoOf(now)}","fact":${json}}\n`).join('');
        const more = Buffer.from(text);
        add(file, dataFolder, { whole, torn }, more);
        whole += more.length;
        torn = 0;
      }
      for (const [id, { fact }] of fresh) {
        ids.add(id);
        facts.push(fact);
      }
      return { added: fresh.size, known: lines.length - fresh.size };
    },
  };
}

function storedFact(content: Buffer, where: string, zone: string): Fact | undefined {
  const value = jsonOf(content);
  if (value === blank) return undefined;
  const stored = (value as { fact?: unknown } | null)?.fact;
  const read = value instanceof Fault ? [value.message] : readFact(stored, zone);
  if (!Array.isArray(read)) return read.fact;
  throw new Fault(
    'FACT_INVALID',
    `${where}: the fact log is damaged (${read.join('; ')}); restore the line from a backup`,
  );
}

/**
 * Adds behind what is whole; a torn line goes first. `expected` is what the file had when it was read: another
 * process that wrote since then must not be written over.
 */
function add(file: string, folder: string, expected: { whole: number; torn: number }, bytes: Buffer): void {
  mkdirSync(folder, { recursive: true });
  const created = !existsSync(file);
  const fd = openSync(file, 'a', 0o600);
  try {
    if (fstatSync(fd).size !== expected.whole + expected.torn) {
      throw new Fault('IN_USE', `${file}: another process has written to the fact log meanwhile; do it again`);
    }
    if (expected.torn > 0) ftruncateSync(fd, expected.whole);
    for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
    fsyncSync(fd);
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    ftruncateSync(fd, expected.whole);
    throw new Fault('SPOOL_FULL', `${file}: the facts cannot be written; make room on that disk`, {}, cause);
  } finally {
    closeSync(fd);
  }
  if (created) syncFolder(folder);
}
