/** Days whose accesses retention has removed: what was said of them stands, after a restart and after judging again. */
import { expect, jest, test } from '@jest/globals';
import { addKeeping } from '../../cli/keeping.ts';
import { LiveJudge } from '../../cli/live-judge.ts';
import { keptAlike } from '../../core/retention.ts';
import { isoOf } from '../../core/time.ts';
import { tenantId } from '../../core/types.ts';
import type { Store } from '../../store/index.ts';
import { candidatesOf } from '../../store/queries/candidates.ts';
import { openSecrets } from '../../store/secrets.ts';
import { migrateUser } from '../../store/users.ts';
import { askAs } from '../helpers/ask-as.ts';
import {
  assignments,
  clients,
  done,
  instant,
  type JudgedFirm,
  judgedFirm,
  Landing,
  lastDay,
  life,
} from '../helpers/judged-firm.ts';
import { openAt } from '../helpers/open-test-store.ts';
import { captured } from './captured.ts';

jest.setTimeout(300_000);
const signal = AbortSignal.timeout(280_000);
const days = { from: '2026-01-01', until: '2026-12-31' };
const keptDays = 10;
/** Two nights behind the last day, which is closed then. */
const now = instant(lastDay + 3, 2);
const dayMs = 86_400_000;

test('candidates and lessons of expired days stay as they were', async () => {
  const told: Record<string, unknown>[] = [];
  using firm = judgedFirm((about) => void told.push(about));
  const data = firm.place.data;
  await using store = await openAt(data, ...clients);
  await new Landing(store).land(life());
  const judged = () => new LiveJudge(firm.context, store, () => now).tick(signal);
  const said = async () =>
    (await candidatesOf(store.firm('judge'), days, signal)).sort((a, b) => (a.id < b.id ? -1 : 1));
  await judged();
  const before = await said();
  const gone = isoOf(now - keptDays * dayMs);
  expect(before.filter(({ day }) => day < gone.slice(0, 10)).length).toBeGreaterThan(0);

  const rules = [
    { was: {}, now: keptAlike(keptDays) },
    { was: keptAlike(keptDays), now: {} },
  ];
  for (const client of clients) {
    const tenant = tenantId(client);
    const acts = rules.map((rule) => ({ op: 'retention' as const, tenant, held: false, ...rule }));
    await addKeeping(firm.context.config, store, acts, now, signal);
    const statement = `ALTER TABLE ${openSecrets(data).databaseOf(tenant)}.accesses DELETE WHERE seen_at < parseDateTime64BestEffort('${gone}', 3)`;
    expect(await askAs(data, migrateUser)(statement, { mutations_sync: '2' })).toEqual({ ok: true, text: '' });
  }

  await judged();
  expect(await said()).toEqual(before);
  // Closed days were recalled, not judged again.
  expect(told.filter((about) => 'accesses' in about).at(-1)).toMatchObject({ accesses: 0 });
  const again = await captured(['judge'], { cwd: firm.place.path, signal });
  expect({ code: again.code, withdrawn: (await said()).length }).toEqual({ code: 0, withdrawn: before.length });
});

/** More than keeping acme for ten days takes away: days before `lastDay - 7`. */
async function withoutAcme(firm: JudgedFirm, store: Store): Promise<void> {
  const tenant = tenantId('acme');
  const acts = [
    { was: {}, now: keptAlike(keptDays) },
    { was: keptAlike(keptDays), now: {} },
  ].map((rule) => ({ op: 'retention' as const, tenant, held: false, ...rule }));
  await addKeeping(firm.context.config, store, acts, now, signal);
  const gone = isoOf(now - keptDays * dayMs);
  const database = openSecrets(firm.place.data).databaseOf(tenant);
  const statement = `ALTER TABLE ${database}.accesses DELETE WHERE seen_at < parseDateTime64BestEffort('${gone}', 3)`;
  expect(await askAs(firm.place.data, migrateUser)(statement, { mutations_sync: '2' })).toEqual({ ok: true, text: '' });
}

test('where one client is kept for days, the days of the others are still judged again, and what was said of its own stands', async () => {
  const told: Record<string, unknown>[] = [];
  using firm = judgedFirm((about) => void told.push(about));
  await using store = await openAt(firm.place.data, ...clients);
  const landing = new Landing(store);
  const sweep = Array.from({ length: 30 }, (_, i) =>
    done('p1', 'acme', instant(lastDay - 12, 11) + i * 20_000, `y${i}`),
  );
  await landing.land([...life(), ...sweep]);
  const judged = () => new LiveJudge(firm.context, store, () => now).tick(signal);
  const saidOf = async (back: number) =>
    (await candidatesOf(store.firm('read'), days, signal)).filter(
      ({ day, actor }) => actor === 'p1' && day === isoOf((lastDay - back) * dayMs).slice(0, 10),
    );
  await judged();
  const [atAcme, atInitech] = [await saidOf(12), await saidOf(8)];
  expect([atAcme, atInitech]).toEqual([
    [expect.objectContaining({ tenants: ['acme'] })],
    [expect.objectContaining({ tenants: ['initech'] })],
  ]);
  await withoutAcme(firm, store);

  // A fact that was learnt in time and imported late explains the one, of which everything is there.
  const from = isoOf(instant(lastDay - 9, 9));
  firm.facts([...assignments, { op: 'assign', person: 'p1', client: 'initech', recorded_at: from, from }]);
  await judged();
  expect([await saidOf(12), await saidOf(8)]).toEqual([atAcme, []]);

  // A late record of another client has all days from its own judged again.
  await landing.land([done('p4', 'globex', instant(lastDay - 20, 10), 'late', { seen_at: isoOf(now - 3_600_000) })]);
  await judged();
  expect([await saidOf(12), await saidOf(8)]).toEqual([atAcme, []]);
  // That stands then, also once acme's part of what was learnt is gone.
  const database = openSecrets(firm.place.data).databaseOf(tenantId('acme'));
  const gone = isoOf(now - keptDays * dayMs).slice(0, 10);
  for (const statement of [undefined, `ALTER TABLE ${database}.lessons DELETE WHERE day < '${gone}'`]) {
    if (statement !== undefined)
      expect(await askAs(firm.place.data, migrateUser)(statement, { mutations_sync: '2' })).toMatchObject({ ok: true });
    await judged();
    expect(told.filter((about) => 'accesses' in about).at(-1)).toMatchObject({ accesses: 0 });
    expect([await saidOf(12), await saidOf(8)]).toEqual([atAcme, []]);
  }
  expect((await captured(['judge'], { cwd: firm.place.path, signal })).code).toBe(0);
  expect(await saidOf(12)).toEqual(atAcme);
});
