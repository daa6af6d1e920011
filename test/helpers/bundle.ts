/** Bundles on disk for tests: written, unpacked, damaged, packed and signed again. */
import { execFileSync } from 'node:child_process';
import { createPublicKey, hash, type KeyObject, sign } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BundleOrder, type BundleSummary, writeBundle } from '../../evidence/bundle.ts';
import type { BundleReader } from '../../evidence/reader.ts';
import { beginning, fixedKey } from './sealed.ts';

export const exporter = fixedKey('exporter');
export const signal = () => AbortSignal.timeout(60_000);
export const minute = (n: number): string => new Date(beginning + n * 60_000).toISOString();

/** A folder of its own, gone when the test's block ends. */
export function scratch() {
  const folder = mkdtempSync(join(tmpdir(), 'cordon-evidence-'));
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

export function write(out: string, reader: BundleReader, over: Partial<BundleOrder> = {}): Promise<BundleSummary> {
  return writeBundle({
    out,
    tenant: 'acme',
    from: minute(0),
    until: minute(1_000),
    reader,
    key: exporter,
    by: 'responder',
    tool: 'cordon test',
    at: '2026-04-01T12:00:00.000Z',
    signal: signal(),
    ...over,
  });
}

/** Unpacks with the shell's own unzip; gives the bag's base folder. */
export function unzip(file: string, into: string): string {
  execFileSync('unzip', ['-q', file, '-d', into]);
  const [base = '', ...more] = readdirSync(into);
  if (more.length > 0) throw new Error('the zip has more than one base folder');
  return join(into, base);
}

/** All files of a folder, by path inside it, sorted. */
export const filesOf = (base: string): string[] =>
  readdirSync(base, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(base, name)).isFile())
    .sort();

/** What somebody does who changes a bundle and covers it up: writes the manifests anew and signs with a key of their own. */
export function resign(base: string, key: KeyObject): void {
  const list = (names: string[]) =>
    names.map((name) => `${hash('sha256', readFileSync(join(base, name)), 'hex')}  ${name}\n`).join('');
  const files = filesOf(base);
  const manifest = list(files.filter((name) => name.startsWith('data/')));
  writeFileSync(join(base, 'manifest-sha256.txt'), manifest);
  writeFileSync(join(base, 'manifest.sig'), sign(null, Buffer.from(manifest), key));
  writeFileSync(join(base, 'exporter.pub.pem'), createPublicKey(key).export({ type: 'spki', format: 'pem' }));
  const tagged = files.filter((name) => !name.startsWith('data/') && name !== 'tagmanifest-sha256.txt');
  writeFileSync(join(base, 'tagmanifest-sha256.txt'), list(tagged));
}

export function editLines(file: string, edit: (lines: string[]) => string[]): void {
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  writeFileSync(
    file,
    edit(lines)
      .map((line) => `${line}\n`)
      .join(''),
  );
}
