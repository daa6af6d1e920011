/** The doctor's canary: through each source and detector, and near nothing that is real. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { expect, jest, test } from '@jest/globals';
import { throughDetectors } from '../../cli/canary.ts';
import { canaryDiagnoses, lastCanaryDiagnosis } from '../../cli/doctor-rules.ts';
import { detectors } from '../../detectors/index.ts';
import { createRules } from '../../detectors/rules.ts';
import { folder } from '../helpers/folder.ts';
import { captured } from './captured.ts';

jest.setTimeout(400_000);

test('a record of each source’s format becomes a candidate in a firm of its own; the data folder gets a note and nothing else', async () => {
  using place = folder();
  writeFileSync(
    place.file('directory.yaml'),
    'firm: { name: F, time_zone: UTC }\nclients: [{ id: acme, name: Acme }]\n',
  );
  const sources = {
    fs1: { collector: 'samba', tail: place.file('none-*.log'), prefix: '%T|%U|%I|%m|%S', time_zone: 'Europe/London' },
    pg1: { collector: 'pgaudit', tail: place.file('none-*.log'), log_line_prefix: '%m [%p] %u@%d %h %a: ' },
  };
  writeFileSync(
    place.file('cordon.yaml'),
    JSON.stringify({ data: './data', directory: './directory.yaml', sources, log_level: 'silent' }),
  );
  const { code, out } = await captured(['doctor', '--canary', '--json'], { cwd: place.path });
  const lines = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { about: string; is: string; says: string });
  const canary = lines.filter(({ about }) => about.startsWith('canary'));
  expect(canary.map(({ about, is }) => [about, is])).toEqual([
    ['canary fs1', 'fine'],
    ['canary pg1', 'fine'],
    ['canary detectors', 'fine'],
  ]);
  expect(canary[0]?.says).toMatch(/^\d+\.\d\d minutes from act to candidate$/);
  expect(code).toBe(0);
  const kept = readdirSync(place.file('data'));
  expect(kept).toContain('canary.json');
  for (const name of ['spool', 'land', 'said.jsonl', 'spread-heads.json']) expect(kept).not.toContain(name);
  expect(existsSync(place.file('data/keys/collectors'))).toBe(false);
  const { out: after } = await captured(['doctor', '--json'], { cwd: place.path });
  expect(after).toMatch(
    /"about":"canary","is":"fine","says":"the last one flew less than an hour ago, from act to candidate in /,
  );
});

test('a detector that the rules turned off is said to be off; all others speak of their own examples', () => {
  const rules = createRules(detectors, { detectors: { surge: { enabled: false } }, overrides: [] });
  const spoke = throughDetectors(rules);
  expect(spoke.filter(({ is }) => is !== 'speaks')).toEqual([{ detector: 'surge', is: 'off' }]);
});

test('a detector whose settings keep it silent at its own example is wrong', () => {
  const written = {
    detectors: { surge: { settings: { zLimit: 2, zPerDecade: 1.5, objectsMin: 1e9, scoreLimit: 1.3 } } },
    overrides: [],
  };
  const silent = throughDetectors(createRules(detectors, written)).filter(({ is }) => is === 'silent');
  const said = canaryDiagnoses({ at: '2026-03-04T09:00:00.000Z', sources: [], detectors: silent });
  expect(said.filter(({ is }) => is === 'wrong').map(({ about }) => about)).toEqual(['canary surge']);
});

const now = Date.parse('2026-03-04T09:00:00.000Z');
const flight = (daysAgo: number, minutes?: number) => ({
  at: new Date(now - daysAgo * 86_400_000).toISOString(),
  sources: [{ source: 'fs1', ...(minutes !== undefined && { minutes }) }],
  detectors: [],
});

test.each([
  ['none', undefined, 'notice', /none was ever sent/],
  ['yesterday’s', flight(1, 0.05), 'fine', /24 hours ago, from act to candidate in 0.05 minutes/],
  ['an old one', flight(9, 0.05), 'notice', /9 days ago/],
  ['one that never arrived', flight(1), 'wrong', /did not come through fs1/],
] as const)('the doctor’s usual report speaks of the last flight: %s', (_, last, is, says) => {
  expect(lastCanaryDiagnosis(last, now, 7)).toMatchObject({ about: 'canary', is, says: expect.stringMatching(says) });
});
