import { expect, test } from '@jest/globals';
import type { Account, Answer } from '../../../core/explain/answer.ts';
import type { Explanation, ExplanationKind } from '../../../core/explain.ts';
import { explanationView } from '../../../dashboards/server/explanation.ts';
import type { Names } from '../../../dashboards/server/names.ts';

const names: Names = {
  actor: (id) => (id === 'p2' ? 'Ben Odell' : id),
  who: () => 'Ana Chan',
  role: () => undefined,
  client: () => undefined,
};
const explanation = (kind: ExplanationKind, more: Partial<Explanation> = {}): Explanation => ({
  kind,
  strength: 1,
  fact: 'f1',
  reference: undefined,
  reason: undefined,
  from: Date.parse('2026-03-02T00:00:00Z'),
  to: undefined,
  recordedAt: Date.parse('2026-03-01T00:00:00Z'),
  ...more,
});
const answer = (
  question: Answer['question'],
  explanations: readonly Explanation[],
  explained = explanations.length > 0,
) => ({ question, knownAt: 0, explained, explanations }) satisfies Answer;
const account = (answers: readonly Answer[]): Account => ({ answers, lookedFor: ['no ticket held'], notes: [] });

test.each<[ExplanationKind, Partial<Explanation>, string]>([
  ['assignment', { reference: 'm7' }, 'Ana Chan was assigned to this client, matter m7.'],
  ['ticket', { reference: 'INC-1', reason: 'restore' }, 'Ana Chan had ticket INC-1: restore.'],
  ['cover', { reference: 'p2' }, 'Ana Chan covered for Ben Odell at this client.'],
  ['delegation', { reference: 'p2' }, 'Ana Chan stood in for Ben Odell, who was assigned to this client.'],
  ['role', { reference: 'billing' }, 'The role of Ana Chan, billing, covers this client.'],
  ['service_job', { reference: 'backup' }, 'It is the declared job of Ana Chan: backup.'],
])('%s is told in a sentence', (kind, more, sentence) => {
  const { verdicts } = explanationView(account([answer('then', [explanation(kind, more)])]), 'Ana Chan', names);
  expect(verdicts[0]?.sentence).toBe(sentence);
});

test('the fact can be looked up: when it held, and when it was recorded', () => {
  const { verdicts } = explanationView(account([answer('then', [explanation('assignment')])]), 'Ana Chan', names);
  expect(verdicts[0]?.fact).toEqual({
    label: 'assignment f1',
    from: '2026-03-02T00:00:00.000Z',
    until: undefined,
    recorded_at: '2026-03-01T00:00:00.000Z',
  });
});

test('what the directory alone says is no fact of the log', () => {
  const job = explanation('service_job', { fact: undefined });
  expect(explanationView(account([answer('then', [job])]), 'svc', names).verdicts[0]?.fact).toBeUndefined();
});

test('a weak explanation is told, and does not explain', () => {
  const away = answer('then', [explanation('absence_cover', { reference: 'p2' })], false);
  expect(explanationView(account([away]), 'Ana Chan', names).verdicts[0]).toMatchObject({
    explained: false,
    sentence: 'Ben Odell, of the same team as Ana Chan, was away. That alone does not explain it.',
  });
});

test('what was looked for is told only where something is missing', () => {
  const held = answer('then', [explanation('assignment')]);
  expect(explanationView(account([held]), 'Ana Chan', names).looked_for).toEqual([]);
  expect(explanationView(account([held, answer('as_known_then', [])]), 'Ana Chan', names).looked_for).toEqual([
    'no ticket held',
  ]);
});
