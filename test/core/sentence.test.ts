import { expect, test } from '@jest/globals';
import { closed, listed } from '../../core/sentence.ts';

test('names are listed as people write them, and beyond some they are counted', () => {
  const names = ['Alder', 'Birch', 'Cedar', 'Dogwood'];
  expect([0, 1, 2, 3, 4].map((n) => listed(names.slice(0, n), 3))).toEqual([
    '',
    'Alder',
    'Alder and Birch',
    'Alder, Birch and Cedar',
    'Alder, Birch, Cedar and 1 more',
  ]);
});

test('a sentence ends once', () => {
  expect(['so it is', 'so it is.', 'is it?'].map(closed)).toEqual(['so it is.', 'so it is.', 'is it?']);
});
