import { expect, test } from '@jest/globals';
import { createRates } from '../../../detectors/judge/rates.ts';

const taught = () => {
  const rates = createRates(0.03);
  for (let day = 0; day < 60; day += 1) {
    for (const person of ['p1', 'p2', 'p3']) rates.add(person, 'associate', false);
    rates.add('p0', 'associate', day >= 45);
  }
  return rates;
};

test('a share leans on those alike, and says from what it is known', () => {
  const { p, level } = taught().chance('p9', 'associate');
  expect(p).toBeGreaterThan(0.02);
  expect(p).toBeLessThan(0.1);
  expect(level).toBe('role');
});

test('what is left out of a person’s own share is left out of what it lent to role and firm', () => {
  const rates = taught();
  const before = createRates(0.03);
  for (let day = 0; day < 60; day += 1) {
    for (const person of ['p1', 'p2', 'p3']) before.add(person, 'associate', false);
    if (day < 45) before.add('p0', 'associate', false);
  }
  const lately = { hits: 15, days: 15 };
  expect(rates.chance('p0', 'associate', lately)).toEqual(before.chance('p0', 'associate'));
  expect(rates.chance('p0', 'associate').p).toBeGreaterThan(5 * before.chance('p0', 'associate').p);
});
