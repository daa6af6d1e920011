/** The same data says the same: live in pieces and any order, after a restart, with late records, or judged in one go. */
import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { dice } from '../../cli/demo/dice.ts';
import { judgeStored } from '../../cli/judge-stored.ts';
import { LiveJudge } from '../../cli/live-judge.ts';
import { StoreLandings } from '../../cli/store-landings.ts';
import type { Candidate } from '../../core/alert.ts';
import type { Finding } from '../../core/scene.ts';
import { isoOf } from '../../core/time.ts';
import { tenantId } from '../../core/types.ts';
import type { Store } from '../../store/index.ts';
import { candidatesOf } from '../../store/queries/candidates.ts';
import { findingsOf } from '../../store/queries/findings.ts';
import { ledgerOf } from '../../store/queries/ledger.ts';
import { all } from '../../store/query.ts';
import {
  assignments,
  clients,
  type Done,
  done,
  firstDay,
  instant,
  judgedFirm,
  Landing,
  lastDay,
  life,
} from '../helpers/judged-firm.ts';
import { openAt } from '../helpers/open-test-store.ts';

jest.setTimeout(400_000);
const dayMs = 86_400_000;
const signal = AbortSignal.timeout(400_000);
const days = { from: '2026-01-01', until: '2026-12-31' };
const whole = { from: 0, until: Date.UTC(2100, 0, 1), days };
/** In the evening of the last day. */
const evening = instant(lastDay, 20);

interface Said {
  readonly candidates: readonly Candidate[];
  readonly findings: readonly Finding[];
}

const byId = (candidates: readonly Candidate[]) => [...candidates].sort((a, b) => (a.id < b.id ? -1 : 1));
const rounded = (score: number) => Math.round(score * 1e9) / 1e9;
const plain = ({ candidates, findings }: Said) => ({
  candidates: byId(candidates).map(({ score, unknown, ...rest }) => ({ ...rest, score: rounded(score) })),
  findings: findings
    .map(({ day, actor, detector, tenants, score }) => `${day} ${actor} ${detector} ${tenants} ${rounded(score)}`)
    .sort(),
});

/** What readers of the store find. */
async function stored(store: Store): Promise<Said> {
  const findings = await findingsOf(store.firm('judge'), days, signal);
  for (const client of clients)
    findings.push(...(await findingsOf(store.client('judge', tenantId(client)), days, signal)));
  return { candidates: await candidatesOf(store.firm('judge'), days, signal), findings };
}

interface World extends AsyncDisposable {
  readonly firm: ReturnType<typeof judgedFirm>;
  readonly store: Store;
  readonly landing: Landing;
  readonly told: Record<string, unknown>[];
  /** Judged in one go, from nothing but what is stored; nothing is kept. */
  inOneGo(): Promise<Said>;
}

async function world(): Promise<World> {
  const told: Record<string, unknown>[] = [];
  const firm = judgedFirm((about) => void told.push(about));
  const store = await openAt(firm.place.data, ...clients);
  return {
    firm,
    store,
    told,
    landing: new Landing(store),
    async inOneGo() {
      const said = { candidates: [] as Candidate[], findings: [] as Finding[] };
      await judgeStored(firm.context, store, whole, {
        recall: false,
        signal,
        onSettled: async ({ candidates, findings }) => {
          said.candidates.push(...candidates);
          said.findings.push(...findings);
        },
      });
      return said;
    },
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      firm[Symbol.dispose]();
    },
  };
}

const arrivedBy = (all: readonly Done[], at: number) => all.filter(({ seen_at }) => Date.parse(seen_at) <= at);
const inOrder = (all: readonly Done[]) => [...all].sort((a, b) => (a.seen_at < b.seen_at ? -1 : 1));

/** Lands what arrives in each part of a day, in disorder, and ticks; `now` is where the clock stands. */
async function live(
  { store, firm, landing }: World,
  all: readonly Done[],
  from: number,
  until: number,
  stepMs: number,
  by: 'the lander' | 'the store' = 'the lander',
) {
  let now = from;
  const random = dice(5).roll;
  const clock = () => now;
  const fresh = () =>
    by === 'the lander'
      ? new LiveJudge(firm.context, store, clock)
      : new LiveJudge(firm.context, store, clock, new StoreLandings(store, firm.context.log, clock));
  let judge = fresh();
  await judge.tick(signal);
  let rest = inOrder(all).filter(({ seen_at }) => Date.parse(seen_at) > from);
  for (; now <= until; now += stepMs) {
    const arrived = rest.filter(({ seen_at }) => Date.parse(seen_at) <= now).sort(() => random() - 0.5);
    rest = rest.filter(({ seen_at }) => Date.parse(seen_at) > now);
    for (const landed of await landing.land(arrived)) if (by === 'the lander') judge.landed(landed);
    await judge.tick(signal);
    // Now and then it is killed and started again.
    if (random() < 0.1) {
      judge = fresh();
      await judge.tick(signal);
    }
  }
  return judge;
}

describe.each(['the lander', 'the store'] as const)(
  'a firm judged live for a week, in pieces, in disorder, with restarts, as %s tells it',
  (by) => {
    const everything = life();
    const begin = instant(lastDay - 6, 7);
    const setting = world();
    afterAll(async () => (await setting)[Symbol.asyncDispose]());
    const played = setting.then(async (one) => {
      await one.landing.land(arrivedBy(everything, begin));
      const judge = await live(one, everything, begin, evening + 2 * dayMs, 5_400_000, by);
      return { ...one, judge };
    });

    test('says what judging in one go says: ids, scores, accesses, findings', async () => {
      const { store, judge, inOneGo } = await played;
      const once = await inOneGo();
      expect(once.candidates.length).toBeGreaterThan(3);
      expect(once.candidates.some(({ day }) => day === isoOf(lastDay * dayMs).slice(0, 10))).toBe(true);
      expect(plain(await stored(store))).toEqual(plain(once));
      expect(byId(judge.candidates).map(({ id }) => id)).toEqual(byId(once.candidates).map(({ id }) => id));
    });

    test('leaves a ledger that counts each client’s days as they are stored', async () => {
      const { store } = await played;
      const rows = await all(store.firm('read'), ledgerOf, { ...whole, tenant: '' }, signal);
      const said = new Set(rows.filter(({ findings }) => findings > 0).map(({ tenant, from }) => `${tenant} ${from}`));
      const counted = new Map<string, number>();
      for (const { client, at } of life()) {
        const key = `${client} ${at.slice(0, 10)}`;
        counted.set(key, (counted.get(key) ?? 0) + 1);
      }
      expect(
        Object.fromEntries(
          rows.map(({ tenant, from, accesses }) => [`${tenant} ${isoOf(from).slice(0, 10)}`, accesses]),
        ),
      ).toEqual(Object.fromEntries(counted));
      const found = new Set(
        (await stored(store)).findings.flatMap(({ tenants, day }) =>
          tenants.map((tenant) => `${tenant} ${Date.parse(day)}`),
        ),
      );
      expect(said).toEqual(found);
      expect(rows.some(({ late }) => late > 0)).toBe(true);
    });

    test('starts again from the lessons of closed days: only open ones are read', async () => {
      const { store, firm, told } = await played;
      told.length = 0;
      await new LiveJudge(firm.context, store, () => evening).tick(signal);
      const open = life().filter(({ at }) => Date.parse(at) >= (lastDay - 1) * dayMs).length;
      const closed = new Set(life().map(({ at }) => at.slice(0, 10))).size - 2;
      expect(told).toEqual([{ days: closed, accesses: open, ms: expect.any(Number) }]);
    });
  },
);

describe('what the judge can no longer take in', () => {
  test('a record that comes 53 hours late has its own day judged again, and what follows; not what was before', async () => {
    await using one = await world();
    const { store, firm, landing, told, inOneGo } = one;
    await landing.land(life());
    let now = evening;
    const judge = new LiveJudge(firm.context, store, () => now);
    await judge.tick(signal);
    const before = await stored(store);
    const late = Array.from({ length: 20 }, (_, i) =>
      done('p4', 'initech', instant(lastDay - 2, 15) + i * 9_000, `late${i}`, { seen_at: isoOf(evening) }),
    );
    for (const landed of await landing.land(late)) judge.landed(landed);
    now += 600_000;
    told.length = 0;
    await judge.tick(signal);
    const workdaysBefore = new Set(life().map(({ at }) => at.slice(0, 10))).size - 3;
    expect(told).toMatchObject([{ days: workdaysBefore }]);
    // A day is judged for good once the day before it is closed.
    now += dayMs;
    await judge.tick(signal);
    const after = await stored(store);
    expect(plain(after)).toEqual(plain(await inOneGo()));
    const fresh = after.candidates.filter(({ id }) => !before.candidates.some((candidate) => candidate.id === id));
    expect(fresh).toMatchObject([{ actor: 'p4', tenants: ['initech'], raised_at: isoOf(evening) }]);
  });

  test('a fact recorded days ago and imported now explains from its own day on', async () => {
    await using one = await world();
    const { store, firm, landing, told, inOneGo } = one;
    await landing.land(life());
    let now = evening;
    const judge = new LiveJudge(firm.context, store, () => now);
    await judge.tick(signal);
    const ofLastDay = ({ candidates }: Said) => candidates.filter(({ actor }) => actor === 'p3').length;
    expect(ofLastDay(await stored(store))).toBe(1);
    const recorded = { recorded_at: isoOf(instant(lastDay - 5, 9)), from: isoOf(instant(lastDay - 5, 9)) };
    firm.facts([...assignments, { ...recorded, op: 'assign', person: 'p3', client: 'globex' }]);
    now += 600_000;
    told.length = 0;
    await judge.tick(signal);
    expect(ofLastDay(await stored(store))).toBe(0);
    const workdaysBefore = new Set(
      life()
        .filter(({ at }) => Date.parse(at) < (lastDay - 5) * dayMs)
        .map(({ at }) => at.slice(0, 10)),
    ).size;
    expect(told).toMatchObject([{ days: workdaysBefore }]);
    now += dayMs;
    await judge.tick(signal);
    expect(plain(await stored(store))).toEqual(plain(await inOneGo()));
  });

  test.each([true, false])(
    'judging a few days says of them what judging all says; days before recalled: %s',
    async (recall) => {
      await using one = await world();
      const { store, firm, landing, inOneGo } = one;
      await landing.land(life());
      await new LiveJudge(firm.context, store, () => evening).tick(signal);
      const once = await inOneGo();
      const part = {
        from: isoOf((lastDay - 8) * dayMs).slice(0, 10),
        until: isoOf((lastDay - 1) * dayMs).slice(0, 10),
      };
      const range = { from: (lastDay - 8) * dayMs, until: lastDay * dayMs, days: part };
      const said: Candidate[] = [];
      await judgeStored(firm.context, store, range, {
        recall,
        signal,
        onSettled: async ({ candidates }) => void said.push(...candidates),
      });
      const expected = once.candidates.filter(({ day }) => day >= part.from && day <= part.until);
      expect(byId(said)).toEqual(byId(expected));
      expect(expected.length).toBeGreaterThan(1);
      expect(firstDay).toBeLessThan(lastDay);
    },
  );
});
