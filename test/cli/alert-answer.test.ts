/** Answers to alerts: who may give them, and what has to be said with them. Tried as the person an alert is about. */

import { writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { expect, test } from '@jest/globals';
import { answered, callers } from '../../cli/alert-answer.ts';
import { loadDirectory } from '../../core/directory/directory.ts';
import { candidate } from '../alerts/example.ts';
import { folder } from '../helpers/folder.ts';

const now = Date.parse('2026-03-10T12:00:00Z');
const directory = (() => {
  using place = folder();
  writeFileSync(
    place.file('d.yaml'),
    `firm: { name: F }
people: [{ id: p7, name: Ana Chan, accounts: { samba: achan, windows-security: ["HARTWELL\\\\ana.chan"], m365: [a.chan@hartwell.example] } }]`,
  );
  return loadDirectory(place.file('d.yaml'));
})();
const about = candidate({ actor: 'p7' });
const answer = (
  given: { state?: 'closed' | 'muted' | 'acknowledged'; reason?: string; until?: string },
  by = ['soc'],
) =>
  answered(
    about,
    { state: given.state ?? 'closed', reason: given.reason ?? 'policy: sent home', until: given.until },
    { directory, by, now },
  );

test.each(['p7', 'achan', 'ACHAN', 'ana.chan', 'hartwell\\ana.chan', 'a.chan', 'a.chan@hartwell.example'])(
  'the one it is about may not answer it, as %s',
  (login) => {
    for (const state of ['closed', 'acknowledged'] as const)
      expect(() => answer({ state }, [login])).toThrow('this alert is about you');
    expect(() => answer({ state: 'muted', until: '+1d' }, [login])).toThrow('this alert is about you');
  },
);

test('nor behind sudo', () => {
  const by = callers({ env: { SUDO_USER: 'achan' } });
  expect(by).toEqual(['achan', userInfo().username]);
  expect(() => answer({}, by)).toThrow('this alert is about you');
  expect(callers({ env: {} })).toEqual([userInfo().username]);
});

test('somebody else may, and is named', () => {
  expect(answer({})).toEqual({
    alert: about.id,
    at: '2026-03-10T12:00:00.000Z',
    state: 'closed',
    by: 'soc',
    reason: 'policy: sent home',
  });
});

test.each([
  [{ reason: ' ' }, 'say why with --reason'],
  [{ reason: 'looked fine to me' }, 'malicious, policy, mistake'],
  [{ reason: 'explained' }, 'explained: ticket T-9'],
  [{ until: '+1d' }, '--until belongs to a mute'],
  [{ state: 'muted' as const }, 'a mute has an end'],
  [{ state: 'muted' as const, until: '-1d' }, 'before it began'],
  [{ state: 'muted' as const, until: '+500d' }, 'a year at most'],
])('%j is not enough', (given, says) => {
  expect(() => answer(given)).toThrow(says);
});

test('a mute has an owner, a reason and an end', () => {
  expect(answer({ state: 'muted', reason: 'audit week', until: '+30d' })).toMatchObject({
    by: 'soc',
    reason: 'audit week',
    until: '2026-04-09T12:00:00.000Z',
  });
});
