import { expect, test } from '@jest/globals';
import { addressOf, readRoute, type Somewhere } from '../../../../dashboards/web/src/address.ts';

const read = (address: string) => readRoute(new URL(address, 'http://127.0.0.1'));

test.each<[string, Somewhere]>([
  ['/alerts', { page: 'alerts' }],
  ['/alerts?state=open', { page: 'alerts', state: 'open' }],
  ['/alerts/00c0ffee00000001', { page: 'alert', alert: '00c0ffee00000001' }],
  ['/clients/acme', { page: 'client', client: 'acme' }],
  ['/clients/acme?actor=p1&access=ab', { page: 'client', client: 'acme', actor: 'p1', access: 'ab' }],
])('%s is read as it was written', (address, route) => {
  expect(read(address)).toEqual(expect.objectContaining(route));
  expect(addressOf(route)).toBe(address);
});

test.each(['/x', '/clients', '/clients/a/b'])('%s is nowhere', (address) => {
  expect(read(address)).toEqual({ page: 'nowhere' });
});

test('the first page is the alerts', () => {
  expect(read('/')).toEqual({ page: 'alerts', state: undefined });
});
