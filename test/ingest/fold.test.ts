import { expect, test } from '@jest/globals';
import type { Action, Reading } from '../../core/types.ts';
import { closes, createFoldMemory, type Foldable, fold, foldWindowMs, handlesMax, opens } from '../../ingest/fold.ts';

const base = Date.UTC(2026, 2, 4, 9);

function item(action: Action, foldKey: string | undefined, more: Partial<Reading> = {}): Foldable {
  const reading: Reading = {
    at: base, class: 'file', action, outcome: 'success', account: 'jo', object: 'D:\\acme\\a', object_kind: 'file',
    object_to: undefined, ip: undefined, host: 'fs3', app: undefined, session: undefined, bytes: undefined,
    rows: undefined, reason: undefined, place: { path: 'D:\\acme\\a' }, record: undefined, fold: foldKey, ...more,
  }; // biome-ignore format: one screen
  return { reading, raw: Buffer.from(action) };
}

const nameless = { object: undefined, object_kind: undefined, place: { path: undefined } };
const shapes = (items: readonly Foldable[], memory = createFoldMemory()) =>
  fold(items, memory).map(({ reading, items: parts }) => [reading.action, reading.object, parts.length]);

test('asked, used and gone are one deletion of what the handle was opened for', () => {
  const items = [item('read', `${opens}h`), item('write', 'h'), item('delete', 'h', nameless)];
  const [act, ...others] = fold(items, createFoldMemory());
  expect(others).toEqual([]);
  expect(act?.items).toEqual(items);
  expect(act?.reading).toMatchObject({ action: 'delete', object: 'D:\\acme\\a', place: { path: 'D:\\acme\\a' } });
});

test('an open, fourteen reads and a write are one write', () => {
  const reads = Array.from({ length: 14 }, (_, i) => item('read', 'k', { at: base + i * 1_000 }));
  expect(shapes([item('read', `${opens}k`), ...reads, item('write', 'k', { at: base + 15_000 })])).toEqual([
    ['write', 'D:\\acme\\a', 16],
  ]);
});

test('every open is an access of its own', () => {
  expect(shapes([item('read', `${opens}k`), item('read', `${opens}k`)])).toHaveLength(2);
});

test('what ends an act joins the open that asked for it, and nothing joins it', () => {
  const to = { object_to: 'D:\\acme\\b' };
  const items = [item('delete', `${opens}k`), item('rename', `${closes}k`, to), item('rename', `${closes}k`, to)];
  expect(shapes(items)).toEqual([
    ['rename', 'D:\\acme\\a', 2],
    ['rename', 'D:\\acme\\a', 1],
  ]);
});

test('what has no key never folds', () => {
  expect(shapes([item('read', undefined), item('read', undefined)])).toHaveLength(2);
});

test.each([
  ['within the window', foldWindowMs, 1],
  ['after it', foldWindowMs + 1, 2],
])('the same key %s', (_, laterMs, acts) => {
  expect(shapes([item('read', 'k'), item('read', 'k', { at: base + laterMs })])).toHaveLength(acts);
});

test('a handle used again for another object is another act', () => {
  const other = { object: 'D:\\acme\\b', place: { path: 'D:\\acme\\b' } };
  expect(shapes([item('read', 'h'), item('read', 'h', other)])).toEqual([
    ['read', 'D:\\acme\\a', 1],
    ['read', 'D:\\acme\\b', 1],
  ]);
});

test('the end of an object finds its name in an earlier chunk', () => {
  const memory = createFoldMemory();
  fold([item('read', `${opens}h`)], memory);
  expect(shapes([item('delete', 'h', nameless)], memory)).toEqual([['delete', 'D:\\acme\\a', 1]]);
  expect(shapes([item('delete', 'unknown', nameless)], memory)).toEqual([['delete', undefined, 1]]);
});

test('what succeeded outweighs what was refused on the way, and the act begins when its first record does', () => {
  const [act] = fold(
    [item('write', `${opens}k`, { outcome: 'denied', at: base + 5 }), item('read', 'k', { at: base + 1 })],
    createFoldMemory(),
  );
  expect(act?.reading).toMatchObject({ action: 'read', outcome: 'success', at: base + 1 });
});

test('handles remembered are bounded and the oldest go first', () => {
  const memory = createFoldMemory();
  fold(
    Array.from({ length: handlesMax + 10 }, (_, i) => item('read', `${opens}h${i}`)),
    memory,
  );
  expect(memory.objects.size).toBe(handlesMax);
  expect(memory.objects.has('h9')).toBe(false);
  expect(memory.objects.has('h10')).toBe(true);
});

test('a key that holds its object is not remembered', () => {
  const memory = createFoldMemory();
  fold([item('read', `${opens}1|jo|D:\\acme\\a`)], memory);
  expect(memory.objects.size).toBe(0);
});

test('no record is lost or doubled, whatever the order', () => {
  const keys = ['a', `${opens}a`, 'b', undefined];
  const items = Array.from({ length: 500 }, (_, i) =>
    item('read', keys[(i * 7) % 4], { at: base + ((i * 7_919) % 60_000) }),
  );
  const seen = fold(items, createFoldMemory()).flatMap(({ items: parts }) => parts);
  expect(seen).toHaveLength(items.length);
  expect(new Set(seen)).toEqual(new Set(items));
});
