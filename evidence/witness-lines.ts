/**
 * NDJSON files that are only ever added to, where the vault's people cannot rewrite them: one JSON object a line. Nothing there is ever
 * rewritten, so a line that a crash tore stays as it is, and the next one begins behind it.
 */
import { appendFileSync, closeSync, existsSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';

/**
 * Whole or torn, in order; the last is '' or what was begun and not ended. None where there is no file. `tailBytesMax`: only of so much
 * of its end, so the first may be the end of one.
 */
export function linesOf(file: string, tailBytesMax?: number): string[] {
  if (!existsSync(file)) return [];
  const text = tailBytesMax === undefined ? readFileSync(file, 'utf8') : tailOf(file, tailBytesMax);
  return text.split('\n');
}

/** On that disk when it returns. Nothing to add: the file is not touched. `mode`: of a file that was not there. */
export function addLines(file: string, entries: readonly object[], mode = 0o666): void {
  if (entries.length === 0) return;
  const torn = existsSync(file) && !['', '\n'].includes(tailOf(file, 1));
  const lines = entries.map((entry) => `${JSON.stringify(entry)}\n`);
  appendFileSync(file, (torn ? '\n' : '') + lines.join(''), { mode, flush: true });
}

function tailOf(file: string, bytesMax: number): string {
  const fd = openSync(file, 'r');
  try {
    const { size } = fstatSync(fd);
    const bytes = Buffer.alloc(Math.min(size, bytesMax));
    readSync(fd, bytes, 0, bytes.length, size - bytes.length);
    return bytes.toString('utf8');
  } finally {
    closeSync(fd);
  }
}
