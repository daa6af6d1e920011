/** `cordon rules check`: what it refuses, with place and the name that was meant; and the tests beside the rules. */
import { cpSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { packageRoot } from '../../core/package-root.ts';
import { folder } from '../helpers/folder.ts';
import { captured } from './captured.ts';

const smallFirm = fileURLToPath(new URL('examples/small-firm/', packageRoot));
const who =
  'directory: { firm: { name: F }, clients: [{ id: acme, name: Acme Holdings }], people: [{ id: p1, name: P, role: r }] }';
const reads = '{ at: 2026-03-04T10:00:00Z, actor: p1, tenant: acme, object: "/o{n}", times: 12 }';

async function check(text: string, ...args: string[]) {
  using place = folder();
  writeFileSync(place.file('r.yaml'), text);
  return await captured(['rules', 'check', 'r.yaml', ...args], { cwd: place.path });
}

test('the example’s rules hold, by its configuration', async () => {
  using place = folder();
  cpSync(smallFirm, place.path, { recursive: true });
  expect(await captured(['rules', 'check', '--json'], { cwd: place.path })).toMatchObject({ code: 0 });
});

test.each([
  ['detectors: { sureg: {} }', 'r.yaml:1:14: detectors.sureg: unknown key; did you mean `surge`?'],
  [
    'detectors:\n  surge: { settings: { objectMin: 3 } }',
    'r.yaml:2:24: detectors.surge.settings.objectMin: unknown key; did you mean `objectsMin`?',
  ],
  ['detectors: { surge: { settings: { objectsMin: many } } }', 'must be a number, but is text'],
  ['detectors: { surge: { enabled: false } }', 'turns the detector off without a reason'],
  ['overrides: [{ reason: r, detectors: {} }]', 'needs a scope'],
  ['overrides: [{ tenants: [acme], reason: r, detectors: { probing: { settings: {} } } }]', 'unknown key'],
  [`tests: [{ name: t, accesses: [${reads}], expect: [{ detector: sureg }] }]`, 'did you mean `surge`?'],
])('%s is refused with its place', async (text, says) => {
  const { code, err } = await check(text);
  expect(code).toBe(2);
  expect(err).toContain(says);
});

test('a client that the directory does not know is refused, with the one that was meant', async () => {
  using place = folder();
  cpSync(smallFirm, place.path, { recursive: true });
  writeFileSync(place.file('r.yaml'), 'overrides: [{ tenants: [ceder], reason: r, detectors: {} }]');
  const { code, err } = await captured(['rules', 'check', '--config', 'cordon.yaml', 'r.yaml'], { cwd: place.path });
  expect(code).toBe(2);
  expect(err).toContain(
    'r.yaml:1:25: overrides[0].tenants[0]: the directory has no client `ceder`; did you mean `cedar`?',
  );
});

test('what holds for the firm is said once', async () => {
  using place = folder();
  for (const name of ['a.yaml', 'b.yaml']) writeFileSync(place.file(name), 'detectors: { surge: { weight: 1 } }');
  const { code, err } = await captured(['rules', 'check', '.'], { cwd: place.path });
  expect(code).toBe(2);
  expect(err).toContain('b.yaml:1:14: detectors.surge: is set already, in');
});

test('a test that holds is exit 0, one that does not is exit 1 and says what spoke', async () => {
  const one = (expected: string) => `${who}\ntests: [{ name: t, accesses: [${reads}], expect: ${expected} }]`;
  expect((await check(one('[{ detector: unexplained-access, tenants: [acme] }]'))).code).toBe(0);
  const none = await check(one('none'));
  expect(none.code).toBe(1);
  expect(none.out).toContain('r.yaml:2:9: t: nothing was to speak; what spoke: unexplained-access (acme)');
  const failed = JSON.parse((await check(one('[{ detector: surge }]'), '--json')).out) as { failed: unknown[] };
  expect(failed.failed).toHaveLength(1);
});

test('a fact explains, and a setting silences', async () => {
  const assigned =
    'facts: [{ recorded_at: 2026-01-05T09:00:00Z, op: assign, person: p1, client: acme, from: 2026-01-05 }]';
  const file = (rule: string, facts: string) =>
    `${who}\n${rule}\ntests: [{ name: t, ${facts} accesses: [${reads}], expect: none }]`;
  expect((await check(file('', `${assigned},`))).code).toBe(0);
  expect((await check(file('detectors: { unexplained-access: { settings: { scoreLimit: 99 } } }', ''))).code).toBe(0);
  expect((await check(file('', ''))).code).toBe(1);
});

test('a fact that is none is a failed test with the reason', async () => {
  const { code, out } = await check(
    `${who}\ntests: [{ name: t, facts: [{ op: assing }], accesses: [${reads}], expect: none }]`,
  );
  expect(code).toBe(1);
  expect(out).toContain('did you mean `assign`?');
});
