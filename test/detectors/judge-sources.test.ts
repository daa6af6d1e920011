/** What the judge says of sources, and what it therefore does not know about a candidate. */
import { expect, test } from '@jest/globals';
import { access, candidateOf, dayMs, directoryOf, firstDay, hour, judged, workdays } from './small-firm.ts';

const days = 61;
const life = workdays(days);
/** A Thursday in the ninth week, with a day after it. */
const trouble = firstDay + 59;
const without = (tenant: string | undefined, from: number, until: number) =>
  life.filter((one) => !((tenant === undefined || one.tenant === tenant) && one.at >= from && one.at < until));

test('a source that says nothing for hours is a candidate of its own, above all statistics', () => {
  const silent = candidateOf(judged(without(undefined, hour(trouble, 9), hour(trouble, 17))), 'source:fs1', trouble);
  expect(silent?.detectors).toEqual(['log-silence']);
  expect(silent?.score).toBeGreaterThan(8);
  expect(silent?.because.join()).toContain('0 accesses in 8 hours from 09:00 UTC');
});

test('a source that says nothing of one client, while it speaks of others, is a lesser one and names the client', () => {
  const silent = candidateOf(judged(without('acme', hour(trouble, 9), hour(trouble, 17))), 'source:fs1', trouble);
  expect(silent?.tenants).toEqual(['acme']);
  expect(silent?.score).toBeLessThan(8);
});

test('an ordinary month names no source', () => {
  expect(judged(life).filter(({ actor }) => actor?.startsWith('source:'))).toEqual([]);
});

const snoop = Array.from({ length: 30 }, (_, i) =>
  access('p0', 'globex', hour(trouble, 17) + i * 1_000, { object: `/globex/x${i}` }),
);

test('a candidate says which source was silent about its client, and not what concerns others only', () => {
  const about = (tenant: string) =>
    candidateOf(judged([...without(tenant, hour(trouble, 9), hour(trouble, 17)), ...snoop]), 'p0', trouble)?.unknown;
  expect(about('globex')).toEqual([expect.stringContaining('fs1 was silent about globex: 0 accesses in 8 hours')]);
  expect(about('initech')).toEqual([]);
});

test('a candidate says which source was late', () => {
  const late = life.map((one, i) => (i % 20 === 0 ? { ...one, seenAt: one.at + 3 * 3_600_000 } : one));
  const [said, ...more] = candidateOf(judged([...late, ...snoop]), 'p0', trouble)?.unknown ?? [];
  expect(more).toEqual([]);
  expect(said).toMatch(/^fs1 was late: \d+ accesses of that day \(.+ %\) arrived more than 1 h after .* 3\.0 h after$/);
});

test('a history imported at once is not called late', () => {
  const imported = [...life, ...snoop].map((one) => ({ ...one, seenAt: (firstDay + 60) * dayMs }));
  expect(candidateOf(judged(imported), 'p0', trouble)?.unknown).toEqual([]);
});

test('records from the future are a finding; a clock that always was ahead is none', () => {
  const future = (minutes: number) => (one: (typeof life)[number]) => ({ ...one, seenAt: one.at - minutes * 60_000 });
  const forged = life.map((one) =>
    one.at >= hour(trouble, 16) && one.at < hour(trouble, 17) ? future(180)(one) : one,
  );
  expect(candidateOf(judged(forged), 'source:fs1', trouble)?.because.join()).toMatch(/dated up to 180 minutes after/);
  expect(judged(life.map(future(12))).filter(({ day }) => day > '2026-01-20')).toEqual([]);
});

test('what was dated by a forged clock teaches no baseline', () => {
  const many = (n: number, day: number, aheadMs: number) =>
    Array.from({ length: n }, (_, i) => {
      const one = access('p0', 'acme', hour(day, 12) + i * 1_000, { object: `/acme/y${i}` });
      return { ...one, seenAt: one.at - aheadMs };
    });
  const taught = [28, 29, 30, 31, 32, 35, 36, 37, 38, 39, 42, 43, 44, 45, 46, 49, 50, 51, 52, 53].map(
    (n) => firstDay + n,
  );
  const found = (aheadMs: number) => {
    const days = taught.flatMap((day) => many(90, day, aheadMs));
    return candidateOf(judged([...life, ...days, ...many(900, trouble, 0)]), 'p0', trouble);
  };
  expect(found(0)).toBeUndefined();
  expect(found(3 * 3_600_000)?.detectors).toContain('surge');
});

test('a canary touched is a candidate whoever touched it; what lies beside it is none', () => {
  const directory = directoryOf({ canaries: ['/acme/board/**', '**/passwords.xlsx'] });
  const touch = access('p0', 'acme', hour(trouble, 17), { object: '\\ACME\\Board\\minutes.docx', outcome: 'denied' });
  const found = candidateOf(judged([...life, touch], directory), 'p0', trouble);
  expect(found?.detectors).toContain('canary');
  expect(found?.severity).toBe('critical');
  expect(found?.accesses).toEqual([touch.id]);
  const beside = access('p0', 'acme', hour(trouble, 17), { object: '/acme/boardroom.docx' });
  expect(candidateOf(judged([...life, beside], directory), 'p0', trouble)).toBeUndefined();
});

test('sixty days of one file a day, then two hundred: still found', () => {
  const quiet = Array.from({ length: 60 }, (_, n) =>
    access('p2', 'initech', hour(firstDay + n, 11), { object: '/initech/o1' }),
  );
  const others = workdays(62).filter(({ actor }) => actor !== 'p2');
  const last = firstDay + 60;
  const grab = Array.from({ length: 200 }, (_, i) =>
    access('p2', 'initech', hour(last, 11) + i * 2_000, { object: `/initech/z${i}` }),
  );
  const found = candidateOf(judged([...others, ...quiet, ...grab]), 'p2', last);
  expect(found?.detectors).toContain('surge');
  expect(found?.accesses.length).toBe(200);
});

const cut = (missing: number, usual = 0) => ({
  ...{ series: 'FS3/Security', missing, after: 100, before: 101 + missing, usual },
  ...{ from: '2026-03-05T09:00:00.000Z', until: '2026-03-05T11:30:00.000Z' },
});

test('record numbers that never came are a candidate of their source, which names log, number and times', () => {
  const stating = access('p0', 'acme', hour(trouble, 13), { missing_before: [cut(1_200), cut(3)] });
  const found = candidateOf(judged([...life, stating]), 'source:fs1', trouble);
  expect(found).toMatchObject({ detectors: ['record-gap'], severity: 'high', tenants: [], accesses: [stating.id] });
  expect(found?.score).toBeGreaterThan(8);
  expect(found?.because.join()).toMatch(
    /^1200 numbers of FS3\/Security never came, after 100 and before 1301, written 2026-03-05 09:00:00 to 2026-03-05 11:30:00 UTC; 3 numbers .*; usually none is missing there$/,
  );
  expect(found?.raised_at).toBe(new Date(stating.seenAt).toISOString());
});

test('a source of which nothing is known yet may miss numbers, too; a few of them are no fact', () => {
  const first = access('p0', 'acme', hour(firstDay, 13), { source: 'win9', missing_before: [cut(3, 2)] });
  const found = candidateOf(judged([...life, first]), 'source:win9', firstDay);
  expect(found?.because.join()).toContain('holes of up to 2 are usual there');
  expect(found?.score).toBeLessThan(8);
});
