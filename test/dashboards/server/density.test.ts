import { expect, test } from '@jest/globals';
import { createDensity, type Dot } from '../../../dashboards/server/density.ts';
import { bucketsAcross, marksMax, rowsMax } from '../../../dashboards/server/desk.ts';

const hour = 3_600_000;
const span = { from: 0, until: 240 * hour };
const name = (row: string) => ({ name: row });
const dot = (n: number, more: Partial<Dot> = {}): Dot => ({
  id: `id${n}`,
  at: n * 1_000,
  row: 'p1',
  action: 'read',
  denied: false,
  unexplained: false,
  ...more,
});

function densityOf(dots: Iterable<Dot>) {
  const density = createDensity(span);
  for (const one of dots) density.add(one);
  return density.result(name);
}

const many = (count: number) => Array.from({ length: count }, (_, n) => dot(n));

test('few accesses are marks, one more than the limit are buckets', () => {
  expect(densityOf(many(marksMax)).marks).toHaveLength(marksMax);
  const more = densityOf(many(marksMax + 1));
  expect([more.marks, more.bucket_ms]).toEqual([undefined, hour]);
  expect(more.buckets?.map(({ count }) => count)).toEqual([3_600, 1_401]);
  expect(more.buckets?.length).toBeLessThanOrEqual(bucketsAcross);
});

test('a second delivery of an access is not counted', () => {
  expect(densityOf([dot(1), dot(1), dot(2)]).total).toBe(2);
});

test('marks are in order of time whatever order they came in', () => {
  expect(densityOf([dot(5), dot(1), dot(3)]).marks?.map(({ id }) => id)).toEqual(['id1', 'id3', 'id5']);
});

test('who did something unexplained stands first, then who did most', () => {
  const dots = [dot(1), dot(2), dot(3, { row: 'p2' }), dot(4, { row: 'p3', unexplained: true })];
  expect(densityOf(dots).rows.map(({ id, accesses, unexplained }) => [id, accesses, unexplained])).toEqual([
    ['p3', 1, 1],
    ['p1', 2, 0],
    ['p2', 1, 0],
  ]);
});

test('of too many people the rest is counted, and their marks are left out', () => {
  const dots = Array.from({ length: rowsMax + 3 }, (_, n) => dot(n, { row: `p${n}` }));
  const { rows, more_rows, marks, total } = densityOf(dots);
  expect([rows.length, more_rows, marks?.length, total]).toEqual([rowsMax, 3, rowsMax, rowsMax + 3]);
});
