/** Conditions of Sigma rules: precedence, quantifiers, and what is refused. */
import { expect, test } from '@jest/globals';
import { readCondition } from '../../../detectors/sigma/condition.ts';

const searches = ['selection', 'selection_b', 'filter_a', 'filter_b', '_hidden'];
const holds = (text: string, ...so: string[]) => {
  const read = readCondition(text, searches);
  return typeof read === 'string' ? read : read((search) => so.includes(search));
};

test.each([
  ['selection', ['selection'], true],
  ['selection and not filter_a', ['selection'], true],
  ['selection and not filter_a', ['selection', 'filter_a'], false],
  ['selection or selection_b and filter_a', ['selection'], true],
  ['(selection or selection_b) and filter_a', ['selection'], false],
  ['selection and not 1 of filter*', ['selection', 'filter_b'], false],
  ['all of selection*', ['selection'], false],
  ['all of selection*', ['selection', 'selection_b'], true],
  ['1 of them', ['_hidden'], false],
  ['1 of them', ['filter_a'], true],
  ['not not selection', ['selection'], true],
  ['selection AND NOT filter_a', ['selection'], true],
])('%s, when %j, is %j', (text, so, expected) => {
  expect(holds(text, ...so)).toBe(expected);
});

test.each([
  ['selection | count() > 5', 'correlation rule'],
  ['selektion', 'no search identifier `selektion`'],
  ['2 of them', '`2 of` is not supported'],
  ['1 of nothing*', 'no search identifier fits'],
  ['(selection', 'not closed'],
  ['selection and', 'ends too early'],
  ['selection selection_b', 'not expected here'],
  ['', 'ends too early'],
])('%s is refused', (text, says) => {
  expect(holds(text)).toContain(says);
});
