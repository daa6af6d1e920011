import { expect, test } from '@jest/globals';
import { createNetworks, isNetwork } from '../../core/network.ts';

const { match } = createNetworks([
  ['10.0.0.0/8', 'eight'],
  ['10.20.0.0/16', 'sixteen'],
  ['203.0.113.7/32', 'host'],
  ['203.0.113.8', 'bare'],
  ['2001:db8::/32', 'six'],
  ['2001:db8:1::/48', 'six longer'],
  ['10.99.0.0/12', 'host bits set'],
  ['nonsense', 'never'],
]);

test.each([
  ['10.1.2.3', 'eight'],
  ['10.20.255.255', 'sixteen'],
  ['10.21.0.0', 'eight'],
  ['10.98.0.1', 'host bits set'],
  ['203.0.113.7', 'host'],
  ['203.0.113.8', 'bare'],
  ['203.0.113.9', undefined],
  ['::ffff:10.20.1.1', 'sixteen'],
  ['2001:DB8:1:0::5', 'six longer'],
  ['2001:db8:2::', 'six'],
  ['2001:db9::', undefined],
  ['fe80::1%eth0', undefined],
  ['10.1', undefined],
  ['', undefined],
  ['a.b.c.d', undefined],
])('%s lies in %s, asked twice', (ip, expected) => {
  expect(match(ip)).toBe(expected);
  expect(match(ip)).toBe(expected);
});

test.each([
  ['10.0.0.0/8', true],
  ['::/0', true],
  ['10.0.0.1', true],
  ['10.0.0.0/33', false],
  ['10.0.0.0/', false],
  ['10.0.0/8', false],
  ['10.0.0.0/8/8', false],
])('%s is a network: %s', (text, expected) => expect(isNetwork(text)).toBe(expected));
