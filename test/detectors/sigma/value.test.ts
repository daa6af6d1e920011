/** Modifiers of the Sigma specification, each by what it lets through. */
import { expect, test } from '@jest/globals';
import { fieldTest } from '../../../detectors/sigma/value.ts';

const holds = (modifiers: string, value: unknown, given: unknown, others: Record<string, unknown> = {}) => {
  const read = fieldTest(modifiers === '' ? [] : modifiers.split('|'), value);
  return typeof read === 'string' ? read : read(given, (name) => others[name]);
};

test.each([
  ['', 'Ana', 'ANA', true],
  ['', 'An?', 'ana', true],
  ['', 'A*', 'banana', false],
  ['', '\\*', '*', true],
  ['', '\\*', 'x', false],
  ['', 'C:\\Clients\\\\*', 'c:\\clients\\acme', true],
  ['', 'C:\\Clients\\*', 'c:\\clients\\acme', false],
  ['', ['a', 'b'], 'B', true],
  ['', 4663, '4663', true],
  ['', null, undefined, true],
  ['', null, 'x', false],
  ['', '', '', true],
  ['cased', 'Ana', 'ana', false],
  ['contains', 'clients', 'D:\\Clients\\x', true],
  ['startswith', 'D:', 'd:\\x', true],
  ['startswith', 'x', 'd:\\x', false],
  ['endswith', '.PDF', 'a.pdf', true],
  ['endswith', '.pdf', 'a.pdf.exe', false],
  ['contains|all', ['a', 'b'], 'xaxb', true],
  ['contains|all', ['a', 'c'], 'xaxb', false],
  ['re', '^a[0-9]{2}$', 'a12', true],
  ['re', '^A', 'a', false],
  ['re|i', '^A', 'a', true],
  ['cidr', '10.20.0.0/16', '10.20.3.4', true],
  ['cidr', '10.20.0.0/16', '10.21.3.4', false],
  ['cidr', '2001:db8::/32', '2001:db8::1', true],
  ['gt', 5, '6', true],
  ['gt', 5, 5, false],
  ['gte', 5, 5, true],
  ['lt', 5, 4, true],
  ['lte', 5, undefined, false],
  ['exists', true, undefined, false],
  ['exists', false, undefined, true],
  ['neq', 'a', 'b', true],
  ['neq', 'a', 'A', false],
  ['base64|contains', 'foo', 'xxZm9vyy', true],
  ['base64offset|contains', 'http://', Buffer.from('xhttp://y').toString('base64'), true],
  ['wide|base64offset|contains', 'ping', Buffer.from('ping 1', 'utf16le').toString('base64'), true],
  ['windash|contains', ' -enc', 'x /enc', true],
])('%s %j of %j is %j', (modifiers, value, given, expected) => {
  expect(holds(modifiers, value, given)).toBe(expected);
});

test('a field is held against another', () => {
  expect(holds('fieldref', 'b', 'X', { b: 'x' })).toBe(true);
  expect(holds('fieldref', 'b', 'X', { b: 'y' })).toBe(false);
});

test.each([
  ['expand', '%x%', '`expand` is not supported'],
  ['hour', 3, '`hour` is not supported'],
  ['re', '(?=a)', 'leaves out'],
  ['re', '(a+)+', 'for ever'],
  ['re', '(', 'is not a regular expression'],
  ['cidr', 'x', 'is not a network'],
  ['gt', 'x', 'takes a number'],
  ['contains|all', 'x', 'more than one value'],
  ['i', 'x', 'belong to `re`'],
])('%s %j is refused', (modifiers, value, says) => {
  expect(holds(modifiers, value, 'x')).toContain(says);
});
