/** A Windows log from which somebody cut records, imported: what is said of it, and where it shows. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, jest, test } from '@jest/globals';
import { unzip } from '../helpers/bundle.ts';
import { configOf, directory } from '../helpers/firm.ts';
import { folder } from '../helpers/folder.ts';
import { windowsAt, windowsLines } from '../helpers/windows-log.ts';
import { captured } from './captured.ts';

jest.setTimeout(240_000);

const cut = [2_000, 2_090] as const;
const stampOf = (n: number) => new Date(windowsAt(n)).toISOString();
const range = ['--from', '2026-03-02', '--to', '2026-03-04'];

/** Imports the log in two files, as a rotation leaves them, and judges it. */
async function firmWith(lines: readonly string[], place: string) {
  mkdirSync(join(place, 'logs'), { recursive: true });
  writeFileSync(join(place, 'cordon.yaml'), JSON.stringify(configOf()));
  writeFileSync(join(place, 'directory.yaml'), directory);
  const files = [lines.slice(0, 1_500), lines.slice(1_500)].map((part, i) => {
    const file = join(place, 'logs', `sec-${i}.json`);
    writeFileSync(file, part.map((line) => `${line}\n`).join(''));
    return file;
  });
  const cordon = (...args: string[]) => captured(args, { cwd: place });
  const imported = await cordon('import', '--source', 'win3', ...files);
  expect({ code: imported.code, err: imported.err }).toEqual({ code: 0, err: '' });
  expect((await cordon('judge')).code).toBe(0);
  return cordon;
}

const candidatesOf = (out: string) =>
  out
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
    .filter(({ actor }) => actor === 'source:win3');

test('the hole is a candidate, stands on the timeline, in the ledger and in a bundle, and the chain holds', async () => {
  using dir = folder();
  const cordon = await firmWith(windowsLines(0, 2_400, [...cut]), dir.path);
  const [found, ...more] = candidatesOf((await cordon('alerts', '--candidates', '--json')).out);
  expect(more).toEqual([]);
  expect(found.detectors).toEqual(['record-gap']);
  const [from, until] = [stampOf(1_999), stampOf(2_090)].map((at) => at.slice(0, 19).replace('T', ' '));
  expect(found.because).toEqual([
    `90 numbers of FS3.firm.example/Security never came, after 2277385 and before 2277476, written ${from} to ${until} UTC; usually none is missing there`,
  ]);

  const lines = (await cordon('accesses', '--tenant', 'acme', '--json')).out.trimEnd().split('\n');
  const stating = lines.map((line) => JSON.parse(line)).filter((access) => 'missing_before' in access);
  expect(stating.map(({ id }) => id)).toEqual(found.accesses);
  expect(stating[0].missing_before[0]).toMatchObject({ missing: 90, from: stampOf(1_999), until: stampOf(2_090) });

  const shown = (await cordon('timeline', '--tenant', 'acme', ...range)).out;
  expect(shown).toContain('09:19–10:50  … win3 lacks records that it numbered: what happened there then is not known');
  const ledger = await cordon('ledger', '--tenant', 'acme', ...range);
  expect(ledger.out).toContain('gap: source:win3: 90 numbers of FS3.firm.example/Security');

  const bundle = join(dir.path, 'a.zip');
  expect((await cordon('bundle', '--tenant', 'acme', ...range, '-o', bundle)).code).toBe(0);
  const { gaps } = JSON.parse(readFileSync(join(unzip(bundle, join(dir.path, 'unzipped')), 'data/gaps.json'), 'utf8'));
  const span = { from: stampOf(1_999), until: new Date(windowsAt(2_090) + 1_000).toISOString() };
  expect(gaps).toEqual([{ source: 'win3', kind: 'numbers', what: found.because[0], ...span }]);
  expect((await cordon('verify', bundle)).code).toBe(0);
  expect(await cordon('audit-chain')).toMatchObject({ code: 0 });
});

test('the same log whole, and one that a forwarder filtered, name no source', async () => {
  using dir = folder();
  const whole = await firmWith(windowsLines(0, 2_400), join(dir.path, 'whole'));
  expect(candidatesOf((await whole('alerts', '--candidates', '--json')).out)).toEqual([]);
  const filtered = windowsLines(0, 2_400).filter((_, n) => n % 3 === 0 || (n > 1_000 && n % 7 === 0));
  const less = await firmWith(filtered, join(dir.path, 'filtered'));
  expect(candidatesOf((await less('alerts', '--candidates', '--json')).out)).toEqual([]);
});
