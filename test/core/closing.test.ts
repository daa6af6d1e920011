import { expect, test } from '@jest/globals';
import { closingsOf, verdictOf } from '../../core/closing.ts';

test.each([
  ['malicious', 'malicious'],
  ['Policy: sent home', 'policy'],
  ['mistake : wrong client', 'mistake'],
  ['explained: ticket T-9', 'explained'],
  ['explained', undefined],
  ['explained:', undefined],
  ['duplicate: 43aa', 'duplicate'],
  ['test', 'test'],
  ['looked fine', undefined],
  ['malicious intent', undefined],
])('%s says %s', (reason, verdict) => expect(verdictOf(reason)).toBe(verdict));

test('what holds is what was said last by then', () => {
  const history = [
    { at: '2026-03-04T10:00:00.000Z', state: 'open', reason: 'within the budget' },
    { at: '2026-03-05T10:00:00.000Z', state: 'closed', reason: 'test: ours' },
    { at: '2026-03-06T10:00:00.000Z', state: 'acknowledged', reason: 'looking again' },
    { at: '2026-03-07T10:00:00.000Z', state: 'closed', reason: 'malicious' },
  ] as const;
  const { verdict } = closingsOf(new Map([['a', history]]));
  const on = (day: string) => verdict('a', Date.parse(`${day}T10:00:00.000Z`));
  expect(['2026-03-05', '2026-03-06', '2026-03-07', '2026-03-08'].map(on)).toEqual([
    undefined,
    'test',
    undefined,
    'malicious',
  ]);
  expect(verdict('b', Number.POSITIVE_INFINITY)).toBeUndefined();
});
