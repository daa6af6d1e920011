/** Paper that came after the alert, and a slip to a look-alike client. */
import { expect, test } from '@jest/globals';
import type { Fact } from '../../core/facts.ts';
import { actorId, tenantId } from '../../core/types.ts';
import { slipsOf } from '../../detectors/judge/slips.ts';
import { access, assigned, candidateOf, dayMs, directoryOf, firstDay, hour, judged, workdays } from './small-firm.ts';

const trouble = firstDay + 31;
const life = workdays(36);
const snoop = Array.from({ length: 60 }, (_, i) =>
  access('p0', 'globex', hour(trouble, 12) + i * 1_000, { object: `/globex/x${i}` }),
);
const paper = (recordedAt: number, from = trouble * dayMs): Fact => ({
  id: 'late',
  op: 'assign',
  recordedAt,
  person: actorId('p0'),
  client: tenantId('globex'),
  matter: 'm9',
  from,
  to: undefined,
});

test('an assignment written the day after what it explains was alerted on is said that day, with what it explains', () => {
  const recordedAt = hour(trouble + 1, 9);
  const found = candidateOf(
    judged([...life, ...snoop], directoryOf(), [...assigned, paper(recordedAt)]),
    'p0',
    trouble + 1,
  );
  expect(found?.detectors).toEqual(['recorded-late']);
  expect(found?.tenants).toEqual(['globex']);
  expect(Date.parse(found?.raised_at ?? '')).toBe(recordedAt);
  expect(snoop.map(({ id }) => id)).toEqual(expect.arrayContaining([...(found?.accesses ?? [])]));
});

test('paper that was there before, or that explains nothing of it, is not', () => {
  const detectors = (fact: Fact) =>
    judged([...life, ...snoop], directoryOf(), [...assigned, fact]).flatMap((candidate) => candidate.detectors);
  expect(detectors(paper((trouble - 3) * dayMs))).not.toContain('recorded-late');
  expect(detectors(paper(hour(trouble + 1, 9), (trouble + 1) * dayMs))).not.toContain('recorded-late');
});

test('a slip is a little at a client of nearly the same name, minutes after work for the other', () => {
  const directory = directoryOf();
  const names = new Map([...directory.clients].map(([id, client]) => [id, { ...client, name: `${id} holdings` }]));
  const named = (acme: string, globex: string) => ({
    ...directory,
    clients: new Map(
      [...names].map(([id, c]) => [id, { ...c, name: id === 'acme' ? acme : id === 'globex' ? globex : c.name }]),
    ),
  });
  const work = access('p0', 'acme', hour(trouble, 9));
  const touch = (minutes: number) => access('p0', 'globex', hour(trouble, 9) + minutes * 60_000);
  const spread = (minutes: number) => [
    { tenant: 'acme', refs: [work], unexplainedRefs: [] },
    { tenant: 'globex', refs: [touch(minutes)], unexplainedRefs: [touch(minutes)] },
  ];
  const slips = (minutes: number, acme: string, globex: string) =>
    slipsOf(spread(minutes) as never, named(acme, globex)).map(({ tenant, beside }) => [tenant, beside]);
  expect(slips(3, 'Harbour Foods', 'Harbour Water')).toEqual([['globex', 'acme']]);
  expect(slips(3, 'Meyer AG', 'Meier AG')).toEqual([['globex', 'acme']]);
  expect(slips(30, 'Harbour Foods', 'Harbour Water')).toEqual([]);
  expect(slips(3, 'Harbour Foods', 'Quarry Motors')).toEqual([]);
});
