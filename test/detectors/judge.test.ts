/** The judge over a small invented firm: forty workdays of eight people and four clients, and trouble put into the last. */
import { describe, expect, test } from '@jest/globals';
import { dice } from '../../cli/demo/dice.ts';
import type { Candidate } from '../../core/alert.ts';
import { createExplainer } from '../../core/explain.ts';
import type { JudgedAccess } from '../../core/scene.ts';
import { actorId, tenantId } from '../../core/types.ts';
import type { Lesson } from '../../detectors/judge/lesson.ts';
import { createJudge } from '../../detectors/judge.ts';
import {
  access,
  assignedEach,
  candidateOf,
  clientOfEach,
  dayMs,
  daysOf,
  firstDay,
  madeDirectory,
} from './small-firm.ts';

const days = 56;
const lastDay = firstDay + days - 1;
const people = ['p0', 'p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7'];
const made = { tenants: ['acme', 'globex', 'initech', 'umbrella'], people, teamOf: (n: number) => `T${n % 2}` };
const directory = madeDirectory(made);
const clientOf = clientOfEach(made);
const facts = assignedEach(made);

function ordinaryLife(): JudgedAccess[] {
  const random = dice(7).roll;
  const all: JudgedAccess[] = [];
  for (let day = firstDay; day <= lastDay; day += 1) {
    if ([0, 6].includes(new Date(day * dayMs).getUTCDay())) continue;
    for (const person of people) {
      const n = 8 + Math.floor(random() * 10);
      for (let i = 0; i < n; i += 1) {
        const at = day * dayMs + (8 + 9 * random()) * 3_600_000;
        all.push(access(person, clientOf(person), Math.floor(at), random() < 0.3 ? { action: 'write' } : {}));
      }
    }
  }
  return all;
}
const life = ordinaryLife();
const noon = (day: number) => day * dayMs + 12 * 3_600_000;
// A Friday, with a day after it on which what came late arrives.
const trouble = lastDay - 2;

function judgeAll(accesses: readonly JudgedAccess[], batch = Number.POSITIVE_INFINITY): Candidate[] {
  const judge = createJudge({ directory, explainer: createExplainer(directory, facts) });
  const byDay = daysOf(accesses);
  const found = new Map<string, Candidate>();
  const collect = () => {
    const said = judge.judge();
    for (const id of said.withdrawn) found.delete(id);
    for (const candidate of said.candidates) found.set(candidate.id, candidate);
  };
  for (const day of [...byDay.keys()].sort((a, b) => a - b)) {
    const list = byDay.get(day) ?? [];
    judge.close(day - 1);
    for (let i = 0; i < list.length; i += Math.min(batch, list.length)) {
      judge.take(list.slice(i, i + batch));
      collect();
    }
  }
  return [...found.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

const shuffled = <T>(list: readonly T[], seed: number): T[] => {
  const random = dice(seed).roll;
  return list
    .map((item) => ({ item, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
};

test('ordinary life raises next to nothing', () => {
  expect(judgeAll(life).filter(({ score }) => score > 2)).toEqual([]);
});

describe('forty objects of a client nobody assigned', () => {
  const snoop = Array.from({ length: 40 }, (_, i) =>
    access('p0', 'globex', noon(trouble) + i * 5_000, { object: `/globex/x${i}` }),
  );
  const found = candidateOf(judgeAll([...life, ...snoop]), 'p0', trouble);

  test('is a candidate that names the client and every access', () => {
    expect(found?.tenants).toEqual(['globex']);
    expect(found?.detectors).toContain('unexplained-access');
    expect(new Set(found?.accesses)).toEqual(new Set(snoop.map(({ id }) => id)));
  });

  test('says why with numbers and without an object’s name', () => {
    expect(found?.because[0]).toMatch(/40 objects/);
    expect(found?.because.join(' ')).not.toContain('/globex/');
  });

  test('is raised while it goes on, at the arrival that decided', () => {
    const raised = Date.parse(found?.raised_at ?? '');
    expect(raised).toBeGreaterThan(noon(trouble));
    expect(raised).toBeLessThan(noon(trouble) + 300_000);
  });
});

test('the same accesses in another order, in other batches, twice, or after a restart: the same candidates', () => {
  const snoop = Array.from({ length: 12 }, (_, i) =>
    access('p3', 'acme', noon(trouble) + i * 60_000, { object: `/acme/x${i}` }),
  );
  const all = [...life, ...snoop];
  const once = judgeAll(all);
  expect(once.length).toBeGreaterThan(0);
  expect(judgeAll(shuffled(all, 3))).toEqual(once);
  expect(judgeAll(shuffled(all, 4), 17)).toEqual(once);
  expect(judgeAll([...all, ...all.slice(0, 500)])).toEqual(once);
});

test('a judge that recalls the lessons of closed days, through JSON, says what the one says that lived them', () => {
  const trouble2 = [trouble - 9, trouble].flatMap((day) =>
    Array.from({ length: 25 }, (_, i) => access('p3', 'acme', noon(day) + i * 60_000, { object: `/acme/x${i}` })),
  );
  const shared = access('p1', 'globex', noon(trouble - 20), { action: 'share', object: '/globex/o1' });
  const used = access('urn:spo:anon#1', 'globex', noon(trouble), {
    actor: undefined,
    account: 'urn:spo:anon#1',
    object: '/globex/o1',
  });
  const all = [...life, ...trouble2, shared, used];
  const once = judgeAll(all);
  for (const restart of [trouble - 8, trouble - 1, trouble, trouble + 1]) {
    const explainer = createExplainer(directory, facts);
    const before = createJudge({ directory, explainer });
    before.take(
      shuffled(
        all.filter(({ at }) => at < restart * dayMs),
        restart,
      ),
    );
    const lessons: Lesson[] = JSON.parse(JSON.stringify(before.close(restart - 1)));
    const after = createJudge({ directory, explainer });
    for (const lesson of lessons) after.recall(lesson);
    const found = new Map<string, Candidate>();
    for (let day = restart; day <= lastDay; day += 1) {
      after.take(all.filter(({ at }) => Math.floor(at / dayMs) === day));
      after.close(day - 1);
      for (const candidate of after.judge().candidates) found.set(candidate.id, candidate);
    }
    const expected = once.filter(({ day }) => day >= new Date(restart * dayMs).toISOString().slice(0, 10));
    expect([...found.values()].sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual(expected);
    expect(expected.length > 0 || restart > trouble).toBe(true);
  }
});

test('what is taken twice is new once', () => {
  const judge = createJudge({ directory, explainer: createExplainer(directory, facts) });
  const [first, second] = life as [JudgedAccess, JudgedAccess];
  expect(judge.take([first, second, first])).toEqual([first, second]);
  expect(judge.take([{ ...first, seenAt: first.seenAt - 1 }, second])).toEqual([]);
});

test('a silence that was said is taken back when what was missing arrives', () => {
  const judge = createJudge({ directory, explainer: createExplainer(directory, facts) });
  const busy = Array.from({ length: 40 * 24 * 20 }, (_, i) =>
    access('p0', 'acme', firstDay * dayMs + i * 180_000, { source: 'busy' }),
  );
  const day = firstDay + 38;
  const gone = busy.filter(({ at }) => at >= day * dayMs + 6 * 3_600_000 && at < day * dayMs + 19 * 3_600_000);
  const missing = new Set(gone);
  judge.take(busy.filter((one) => !missing.has(one)));
  judge.close(day - 1);
  const said = judge.judge().candidates.filter(({ actor }) => actor === 'source:busy');
  expect(said.map(({ detectors }) => detectors)).toEqual([['log-silence']]);
  judge.take(gone);
  expect(judge.judge().withdrawn).toEqual(said.map(({ id }) => id));
});

test('what arrives a day late is still in its own day', () => {
  const late = Array.from({ length: 30 }, (_, i) =>
    access('p5', 'umbrella', noon(trouble) + i * 5_000, {
      object: `/umbrella/x${i}`,
      seenAt: noon(trouble) + 20 * 3_600_000 + i,
    }),
  );
  const whole = judgeAll([...life, ...late]);
  const judge = createJudge({ directory, explainer: createExplainer(directory, facts) });
  const byDay = daysOf(life);
  let last: Candidate | undefined;
  for (const day of [...byDay.keys()].sort((a, b) => a - b)) {
    judge.close(day - 2);
    judge.take(byDay.get(day) ?? []);
    judge.judge();
  }
  judge.take(late);
  judge.close(trouble - 1);
  for (const candidate of judge.judge().candidates) if (candidate.actor === 'p5') last = candidate;
  expect(last?.score).toBeCloseTo(candidateOf(whole, 'p5', trouble)?.score ?? 0, 9);
  expect(Date.parse(last?.raised_at ?? '')).toBeGreaterThan(noon(trouble) + 19 * 3_600_000);
});

test('one file a day for weeks, then two hundred: found', () => {
  const quiet = life.filter(({ actor }) => actor !== 'p6');
  const daily = Array.from({ length: days }, (_, i) =>
    access('p6', clientOf('p6'), noon(firstDay + i), { object: '/initech/one' }),
  );
  const burst = Array.from({ length: 200 }, (_, i) =>
    access('p6', clientOf('p6'), noon(trouble) + i * 2_000, { object: `/initech/b${i}` }),
  );
  const found = candidateOf(judgeAll([...quiet, ...daily, ...burst]), 'p6', trouble);
  expect(found?.detectors).toContain('surge');
  expect(found?.score).toBeGreaterThan(2);
});

test('an alert does not teach: the same again a week later is still found', () => {
  const again = [trouble - 7, trouble].flatMap((day) =>
    Array.from({ length: 60 }, (_, i) => access('p1', 'initech', noon(day) + i * 3_000, { object: `/initech/y${i}` })),
  );
  const candidates = judgeAll([...life, ...again]);
  expect(candidateOf(candidates, 'p1', trouble - 7)).toMatchObject({ actor: 'p1' });
  expect(candidateOf(candidates, 'p1', trouble)?.score).toBeGreaterThan(2);
});

test('an assignment known only later does not explain what was done before', () => {
  const early = Array.from({ length: 10 }, (_, i) => access('p2', 'acme', noon(trouble) + i * 5_000));
  const explainer = createExplainer(directory, [
    ...facts,
    {
      id: 'late',
      op: 'assign',
      recordedAt: noon(trouble) + dayMs,
      person: actorId('p2'),
      client: tenantId('acme'),
      matter: undefined,
      from: 0,
      to: undefined,
    },
  ]);
  const judge = createJudge({ directory, explainer });
  judge.take([...life, ...early]);
  judge.close(trouble - 1);
  const said = judge.judge().candidates.find(({ actor }) => actor === 'p2');
  expect(said?.detectors).toContain('unexplained-access');
});
