import { expect, test } from '@jest/globals';
import { decide, operator } from '../../../dashboards/server/policy.ts';

const acmeOnly = { clients: new Set(['acme']) };

test.each([
  ['nobody sees anything', undefined, { clients: [] }, 'no-session'],
  ['the operator sees every client', operator, { clients: ['acme', 'globex'] }, 'seen'],
  ['their own client', acmeOnly, { clients: ['acme'] }, 'seen'],
  ['another client', acmeOnly, { clients: ['globex'] }, 'other-client'],
  ['an alert that names another client too', acmeOnly, { clients: ['acme', 'globex'] }, 'other-client'],
  ['an alert about themselves', { clients: 'all', person: 'p1' }, { clients: ['acme'], about: 'p1' }, 'about-yourself'],
  ['an alert about somebody else', { clients: 'all', person: 'p1' }, { clients: ['acme'], about: 'p2' }, 'seen'],
  ['a viewer without a name, an alert without an actor', operator, { clients: ['acme'], about: undefined }, 'seen'],
] as const)('%s', (_, viewer, subject, expected) => {
  expect(decide(viewer, subject)).toBe(expected);
});
