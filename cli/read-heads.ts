/**
 * How far the log of readings had come, signed with the vault's key at every checkpoint: what is cut off its end later is missed.
 *
 *     v: 1\nreads: N\nat: ISO 8601\nhash: SHA-256 of line N-1\n
 */
import { createPublicKey, randomBytes, sign, verify } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Config } from '../core/config.ts';
import { Fault } from '../core/errors.ts';
import { isoOf } from '../core/time.ts';
import type { Instant } from '../core/types.ts';
import { vaultKey } from '../evidence/exporter-key.ts';
import { objectOf } from '../evidence/verify-report.ts';
import { addLines, linesOf } from '../evidence/witness-lines.ts';
import { type ReadHead, readHead, readLines, readsFolder } from '../store/reads/read-log.ts';

type Places = Pick<Config, 'data' | 'checkpoints' | 'store'>;

/**
 * Beside the clients' files at the witness; no client's id begins so. Where several machines have a log each, each has a name for its own.
 */
function witnessFile({ data, store }: Places): string {
  if (store === 'embedded') return '_reads.ndjson';
  const file = join(readsFolder(data), 'name');
  if (!existsSync(file)) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, randomBytes(6).toString('hex'), { mode: 0o600 });
  }
  return `_reads-${readFileSync(file, 'utf8').trim()}.ndjson`;
}

const form = /^v: 1\nreads: (\d+)\nat: \S+\nhash: ([0-9a-f]{64})\n$/;

const placesOf = (config: Places): string[] => {
  const { folder } = config.checkpoints;
  const own = join(readsFolder(config.data), 'heads.ndjson');
  return folder === undefined ? [own] : [own, join(folder, witnessFile(config))];
};

/** Adds where the log stands now to each place that does not say so yet. A witness that is away gets the next one. */
export async function signReads(config: Places, now: Instant, signal: AbortSignal): Promise<void> {
  const { n, hash } = await readHead(config.data, signal);
  if (n === 0) return;
  const block = `v: 1\nreads: ${n}\nat: ${isoOf(now)}\nhash: ${hash}\n`;
  const sig = sign(null, Buffer.from(block), vaultKey(config.data)).toString('base64');
  const [own = '', ...others] = placesOf(config);
  const places = [own, ...others.filter((place) => existsSync(dirname(place)))];
  for (const place of places) {
    if (linesOf(place).some((line) => line.includes(`"v: 1\\nreads: ${n}\\n`))) continue;
    addLines(place, [{ block, sig }]);
  }
}

/** Throws EVIDENCE_BROKEN for one whose signature is not the vault's. */
function headsIn(data: string, file: string): ReadHead[] {
  const lines = linesOf(file);
  if (lines.length === 0) return [];
  const key = createPublicKey(vaultKey(data));
  return lines.flatMap((line, i) => {
    const { block, sig } = objectOf(line) ?? {};
    // A line that a crash cut off states nothing.
    if (block === undefined || sig === undefined) return [];
    const [, n, hash] = form.exec(String(block)) ?? [];
    const holds = verify(null, Buffer.from(String(block)), key, Buffer.from(String(sig), 'base64'));
    if (n === undefined || hash === undefined || !holds)
      throw new Fault('EVIDENCE_BROKEN', `${file}:${i + 1}: this is not what the vault signed`);
    return [{ n: Number(n), hash }];
  });
}

/**
 * The whole log against itself and against every head that was signed of it. Throws EVIDENCE_BROKEN, saying where; returns how
 * many lines there are and how many heads fit.
 */
export function checkReads(config: Places): { lines: number; heads: number } {
  const heads = new Map<number, string>();
  for (const place of placesOf(config)) {
    for (const { n, hash } of headsIn(config.data, place)) {
      if ((heads.get(n) ?? hash) !== hash)
        throw new Fault('EVIDENCE_BROKEN', `${place}: two signed heads differ about reading ${n - 1}`);
      heads.set(n, hash);
    }
  }
  let lines = 0;
  let first: number | undefined;
  let next = 0;
  for (const { n, hash } of readLines(config.data)) {
    first ??= n;
    lines += 1;
    next = n + 1;
    const signed = heads.get(next);
    if (signed !== undefined && signed !== hash)
      throw new Fault('EVIDENCE_BROKEN', `reading ${n} is not the one that the vault signed for`, { n });
  }
  const cut = [...heads.keys()].filter((n) => n > next);
  if (cut.length > 0)
    throw new Fault(
      'EVIDENCE_BROKEN',
      `the log of readings ends before number ${next}, and the vault signed for ${Math.max(...cut)} of them: its end was cut off`,
      { next },
    );
  return { lines, heads: [...heads.keys()].filter((n) => first !== undefined && n > first).length };
}
