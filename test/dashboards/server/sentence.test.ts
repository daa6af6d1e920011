import { expect, test } from '@jest/globals';
import type { Candidate } from '../../../core/alert.ts';
import { accessId, tenantId } from '../../../core/types.ts';
import type { AccessLine } from '../../../dashboards/server/api.ts';
import type { Names } from '../../../dashboards/server/names.ts';
import { alertSentence } from '../../../dashboards/server/sentence.ts';
import { accesses } from '../small-firm.ts';

const [kept] = accesses.get(tenantId('acme')) ?? [];
if (!kept) throw new Error('the small firm is empty');
const people: Readonly<Record<string, string>> = { p1: 'Ana Chan' };
const places: Readonly<Record<string, string>> = {
  acme: 'Acme Holdings',
  globex: 'Globex Marine',
  hooli: 'Hooli',
  x: 'X',
};
const names: Names = {
  actor: (id) => people[id] ?? id,
  who: ({ actor }) => people[actor ?? ''] ?? 'unknown',
  role: () => undefined,
  client: (id) => ({ id, name: places[id] ?? id }),
};
const candidate: Candidate = {
  id: '0'.repeat(16),
  raised_at: '2026-03-05T22:00:00.000Z',
  day: '2026-03-05',
  actor: 'p1',
  tenants: ['acme'],
  detectors: ['unexplained-access'],
  score: 4,
  severity: 'high',
  because: ['41 objects of a client without a known reason'],
  accesses: [],
  unknown: [],
};
const line = (n: number, more: Partial<AccessLine> = {}): AccessLine => ({
  ...kept.line,
  id: accessId(String(n).padStart(32, '0')),
  action: 'read',
  object: `/a/${n}`,
  explained_by: null,
  ...more,
});
const lines = (count: number, more: Partial<AccessLine> = {}) => Array.from({ length: count }, (_, n) => line(n, more));

test.each<[string, readonly AccessLine[], string]>([
  [
    'documents that nothing explains',
    lines(41),
    'Ana Chan opened 41 documents of Acme Holdings; no assignment explains it.',
  ],
  ['one of them', lines(1), 'Ana Chan opened 1 document of Acme Holdings; no assignment explains it.'],
  [
    'the same document twice',
    [line(1), line(2, { object: '/a/1' })],
    'Ana Chan opened 1 document of Acme Holdings; no assignment explains it.',
  ],
  [
    'explained ones say what is odd about them',
    lines(3, { explained_by: 'assignment' }),
    'Ana Chan opened 3 documents of Acme Holdings; 41 objects of a client without a known reason.',
  ],
  [
    'only refusals',
    lines(4, { outcome: 'denied' }),
    'Ana Chan was refused 4 documents (read) of Acme Holdings; no assignment explains it.',
  ],
  [
    'tables',
    lines(2, { class: 'database', action: 'query' }),
    'Ana Chan queried 2 tables of Acme Holdings; no assignment explains it.',
  ],
  [
    'several clients',
    ['acme', 'globex', 'hooli', 'x'].map((id, n) => line(n, { tenant: tenantId(id) })),
    'Ana Chan opened 4 documents of Acme Holdings, Globex Marine, Hooli and 1 more; no assignment explains it.',
  ],
  ['accesses that were not found', [], 'Ana Chan: 41 objects of a client without a known reason.'],
])('%s', (_, behind, expected) => {
  expect(alertSentence(candidate, behind, names)).toBe(expected);
});

test('a crowd is counted', () => {
  const crowd = [line(1, { who: 'Ana' }), line(2, { who: 'Ben' })];
  expect(alertSentence({ ...candidate, actor: null }, crowd, names)).toMatch(/^2 people opened 2 documents/);
});

test('a breached fact is told instead of what is missing', () => {
  const breach: Candidate = { ...candidate, severity: 'critical', because: ['2 accesses across an absolute barrier'] };
  expect(alertSentence(breach, lines(2), names)).toBe(
    'Ana Chan opened 2 documents of Acme Holdings; 2 accesses across an absolute barrier.',
  );
});
