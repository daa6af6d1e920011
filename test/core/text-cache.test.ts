import { expect, test } from '@jest/globals';
import { createTextCache } from '../../core/text-cache.ts';

test('what is asked for stays, what is not asked for goes, and it never holds more than twice its size', () => {
  const cache = createTextCache<number>(10);
  cache.set('kept', -1);
  cache.set('forgotten', -2);
  for (let i = 0; i < 1_000; i += 1) {
    cache.set(`text ${i}`, i);
    expect(cache.get('kept')).toBe(-1);
  }
  expect(cache.get('forgotten')).toBeUndefined();
  const held = Array.from({ length: 1_000 }, (_, i) => cache.get(`text ${i}`)).filter((value) => value !== undefined);
  expect(held.length).toBeLessThanOrEqual(20);
  expect(held).toContain(999);
});
