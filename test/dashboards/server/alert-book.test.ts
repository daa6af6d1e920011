import { expect, test } from '@jest/globals';
import type { AlertEvent, Candidate } from '../../../core/alert.ts';
import { createAlertBook, type Days } from '../../../dashboards/server/alert-book.ts';

const signal = new AbortController().signal;
const now = Date.parse('2026-03-10T12:00:00Z');
const candidate = (id: string, day: string, hour = '10'): Candidate => ({
  id,
  day,
  raised_at: `${day}T${hour}:00:00.000Z`,
  actor: 'p1',
  tenants: ['acme'],
  detectors: ['surge'],
  score: 3,
  severity: 'medium',
  because: ['more than usual'],
  accesses: ['a'],
  unknown: [],
});
const held = [
  candidate('old', '2024-11-02'),
  candidate('b', '2026-03-09', '09'),
  candidate('c', '2026-03-09', '11'),
  candidate('a', '2026-03-10'),
  candidate('january', '2026-01-15'),
];

function bookOf(events?: ReadonlyMap<string, readonly AlertEvent[]>) {
  const looks: Days[] = [];
  const candidates = async (days: Days) => {
    looks.push(days);
    return held.filter(({ day }) => day >= days.from && day <= days.until);
  };
  return {
    looks,
    book: createAlertBook({ candidates, now: () => now, ...(events && { events: async () => events }) }),
  };
}

const ids = ({ entries }: { entries: readonly { candidate: Candidate }[] }) =>
  entries.map(({ candidate: { id } }) => id);

test('alerts come newest first, over years of silence too', async () => {
  expect(ids(await bookOf().book.page({}, undefined, 10, signal))).toEqual(['a', 'c', 'b', 'january', 'old']);
});

test('pages join without a gap or a repeat, also within a day', async () => {
  const { book } = bookOf();
  const seen: string[] = [];
  let after: string | undefined;
  do {
    const page = await book.page({}, after, 2, signal);
    seen.push(...ids(page));
    after = page.next;
  } while (after !== undefined);
  expect(seen).toEqual(['a', 'c', 'b', 'january', 'old']);
});

test('a page that is full asks no further back', async () => {
  const { book, looks } = bookOf();
  await book.page({}, undefined, 2, signal);
  expect(looks).toHaveLength(1);
});

test('an empty store costs few questions', async () => {
  const { book, looks } = bookOf(new Map());
  await book.page({}, undefined, 10, signal);
  expect(looks.length).toBeLessThan(10);
});

test('what something was done with is an alert, in its latest state', async () => {
  const event = (alert: string, state: AlertEvent['state']): AlertEvent => ({
    alert,
    state,
    at: '',
    by: 'jo',
    reason: '',
  });
  const { book } = bookOf(
    new Map([
      ['a', [event('a', 'open'), event('a', 'closed')]],
      ['b', [event('b', 'open')]],
    ]),
  );
  const { entries } = await book.page({}, undefined, 10, signal);
  expect(entries.map(({ candidate: { id }, state }) => [id, state])).toEqual([
    ['a', 'closed'],
    ['b', 'open'],
  ]);
  expect(ids(await book.page({ state: 'open' }, undefined, 10, signal))).toEqual(['b']);
});

test('one alert is found by its id, and one that is not there is not', async () => {
  const { book } = bookOf();
  expect((await book.one('old', signal))?.candidate.day).toBe('2024-11-02');
  expect(await book.one('none', signal)).toBeUndefined();
});
