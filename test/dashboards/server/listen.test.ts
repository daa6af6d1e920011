import { expect, test } from '@jest/globals';
import { originsOf, parseListen } from '../../../dashboards/server/listen.ts';

test.each([
  ['127.0.0.1:8080', '127.0.0.1', 8080],
  ['localhost:0', 'localhost', 0],
  ['[::1]:443', '::1', 443],
])('%s is a place', (text, host, port) => {
  expect(parseListen(text)).toEqual({ host, port });
});

test.each(['8080', '127.0.0.1', '127.0.0.1:70000', 'http://127.0.0.1:1', '::1:80', ''])('`%s` is none', (text) => {
  expect(() => parseListen(text)).toThrow(/write 127\.0\.0\.1:8080/);
});

test('on loopback both names of this machine are its own, and no other name is', () => {
  expect(originsOf({ host: '127.0.0.1', port: 81 }, undefined)).toEqual(['http://127.0.0.1:81', 'http://localhost:81']);
  expect(originsOf({ host: '::1', port: 81 }, undefined)).toEqual(['http://[::1]:81']);
});

test('it does not listen to the world in the clear', () => {
  expect(() => originsOf({ host: '0.0.0.0', port: 81 }, undefined)).toThrow(/no TLS of its own/);
  expect(() => originsOf({ host: '0.0.0.0', port: 81 }, 'http://cordon.example')).toThrow(/not https/);
});

test('behind a TLS proxy only the public address counts', () => {
  expect(originsOf({ host: '0.0.0.0', port: 81 }, 'https://cordon.example')).toEqual(['https://cordon.example']);
});
