import { expect, test } from '@jest/globals';
import { decide, type Said } from '../../alerts/decide.ts';
import type { AlertState, Candidate } from '../../core/alert.ts';
import { candidate } from './example.ts';

const hour = 3_600_000;
const begin = Date.parse('2026-03-04T22:31:40.000Z');
const two = { accesses: ['a', 'b'] };
const said = (over: Partial<Said> = {}): Said => ({
  at: begin,
  version: 1,
  reminders: 0,
  severity: 'high',
  accesses: new Set(['a', 'b']),
  ...over,
});
const onlyA = { accesses: new Set(['a']) };

test.each<[string, Partial<Candidate>, AlertState, Said | undefined, number, string, string]>([
  ['nothing said yet', two, 'open', undefined, 0, 'first', 'never-said'],
  ['one access more, an hour later', two, 'open', said(onlyA), hour, 'new-evidence', 'new-accesses'],
  ['one access more, a minute later', two, 'open', said(onlyA), 60_000, 'quiet', 'gathering-news'],
  ['graver, a minute later', { ...two, severity: 'critical' }, 'open', said(), 60_000, 'new-evidence', 'graver'],
  ['less grave is not news', { ...two, severity: 'low' }, 'open', said(), hour, 'quiet', 'nothing-new'],
  ['nothing new, a minute later', two, 'open', said(), 60_000, 'quiet', 'nothing-new'],
  ['unanswered for a day', two, 'open', said(), 24 * hour, 'reminder', 'unanswered'],
  ['reminded three times', two, 'open', said({ reminders: 3 }), 99 * hour, 'quiet', 'reminded-enough'],
  ['fewer accesses than last time', { accesses: ['a'] }, 'open', said(), hour, 'quiet', 'nothing-new'],
  ['acknowledged', two, 'acknowledged', said(), 99 * hour, 'quiet', 'answered'],
  ['acknowledged, then more', two, 'acknowledged', said(onlyA), hour, 'new-evidence', 'new-accesses'],
  ['closed', two, 'closed', said(), 99 * hour, 'quiet', 'answered'],
  ['closed, then more', two, 'closed', said(onlyA), hour, 'new-evidence', 'after-closing'],
  ['muted, then more', two, 'muted', said(onlyA), hour, 'quiet', 'muted'],
  ['muted before it was said', two, 'muted', undefined, 0, 'quiet', 'muted'],
  ['muted, then a breached fact', { ...two, severity: 'critical' }, 'muted', said(), 1, 'new-evidence', 'graver'],
])('%s', (_, over, state, last, laterMs, say, reason) => {
  expect(decide(candidate(over), state, last, begin + laterMs)).toEqual({ say, reason });
});
