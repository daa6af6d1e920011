import { expect, test } from '@jest/globals';
import { createExplainer } from '../../../core/explain.ts';
import type { Fact } from '../../../core/facts.ts';
import type { ActorView } from '../../../core/scene.ts';
import { actorId } from '../../../core/types.ts';
import { awayOf } from '../../../detectors/judge/away.ts';
import { access, dayMs, directoryOf, firstDay, hour } from '../small-firm.ts';

const leave: Fact = {
  id: 'leave',
  op: 'absence',
  recordedAt: hour(firstDay + 2, 0),
  person: actorId('p0'),
  from: firstDay * dayMs,
  to: (firstDay + 7) * dayMs,
};
const directory = directoryOf();
const { standing } = createExplainer(directory, [leave]);
const actor = { id: 'p0', kind: 'person' } as ActorView;
const on = (day: number, more = {}) => [1, 2].map((i) => access('p0', 'acme', hour(firstDay + day, 9 + i), more));
const seen = (day: number, more = {}) => awayOf(actor, on(day, more), directory, standing);

test('contents opened in the middle of a leave are counted', () => {
  expect(seen(3).map(({ kind, objects, tenants }) => ({ kind, objects, tenants }))).toEqual([
    { kind: 'leave', objects: 2, tenants: ['acme'] },
  ]);
});

test('its first and last day are not in it, nor a leave that nobody had recorded by then, nor a login', () => {
  expect(seen(0)).toEqual([]);
  expect(seen(6)).toEqual([]);
  expect(seen(1)).toEqual([]);
  expect(seen(3, { action: 'login' })).toEqual([]);
});
