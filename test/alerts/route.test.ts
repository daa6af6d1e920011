import { expect, test } from '@jest/globals';
import { route } from '../../alerts/route.ts';
import { candidate } from './example.ts';

const routes = [
  { to: ['soc@firm.example'] },
  { to: ['partner@firm.example', 'SOC@firm.example'], tenants: ['globex'] },
  { to: ['ciso@firm.example'], severity_at_least: 'critical' as const },
];

test.each([
  ['a route without conditions takes all', {}, ['soc@firm.example']],
  [
    'a client named by a route adds its people, each once',
    { tenants: ['acme', 'globex'] },
    ['soc@firm.example', 'partner@firm.example'],
  ],
  ['what is grave enough goes higher', { severity: 'critical' as const }, ['soc@firm.example', 'ciso@firm.example']],
])('%s', (_, over, expected) => expect(route(candidate(over), routes)).toEqual(expected));

test('what no route names goes to the address of the mail section', () => {
  expect(route(candidate(), routes.slice(1), ['all@firm.example'])).toEqual(['all@firm.example']);
  expect(route(candidate(), routes.slice(1))).toEqual([]);
});
