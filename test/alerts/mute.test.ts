import { expect, test } from '@jest/globals';
import { isMuted, muteLike, mutesOf, stateAt } from '../../alerts/mute.ts';
import type { AlertEvent } from '../../core/alert.ts';
import { candidate } from './example.ts';

const terms = { from: '2026-03-04T00:00:00.000Z', until: '2026-04-01T00:00:00.000Z', by: 'p1', reason: 'audit week' };
const mute = muteLike(candidate(), terms);

test.each([
  ['the same news is quiet', {}, true],
  ['another person is not', { actor: 'p8' }, false],
  ['another client beside it is news', { tenants: ['acme', 'globex'] }, false],
  ['another detector is news', { detectors: ['surge', 'leaver'] }, false],
  ['fewer detectors are not', { detectors: ['surge'] }, true],
  ['after its end it is loud again', { raised_at: '2026-04-01T00:00:00.000Z' }, false],
  ['before it began it was loud', { raised_at: '2026-03-03T23:59:59.999Z' }, false],
])('%s', (_, over, expected) => expect(isMuted(candidate(over), [mute])).toBe(expected));

test('nobody mutes themselves', () => {
  expect(isMuted(candidate(), [muteLike(candidate(), { ...terms, by: 'p7' })])).toBe(false);
});

const event = (state: AlertEvent['state'], until?: string): AlertEvent => ({
  alert: candidate().id,
  at: terms.from,
  state,
  by: 'soc',
  reason: 'audit week',
  ...(until !== undefined && { until }),
});

test('an alert that is muted asks for quiet about others like it; one answered since does not', () => {
  const of = (...history: AlertEvent[]) => mutesOf([candidate()], new Map([[candidate().id, history]]));
  expect(of(event('open'), event('muted', terms.until))).toEqual([
    muteLike(candidate(), { ...terms, by: 'soc', reason: 'audit week' }),
  ]);
  expect(of(event('muted', terms.until), event('acknowledged'))).toEqual([]);
});

test('a mute that has ended leaves the alert open', () => {
  expect(stateAt(event('muted', terms.until), '2026-03-31T23:59:59.999Z')).toBe('muted');
  expect(stateAt(event('muted', terms.until), terms.until)).toBe('open');
  expect(stateAt(event('closed'), terms.until)).toBe('closed');
  expect(stateAt(undefined, terms.until)).toBe('open');
});
