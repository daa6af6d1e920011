/** Days whose accesses retention has removed: what was said of them stands, after a restart and after judging again. */
import { expect, jest, test } from '@jest/globals';
import { addKeeping } from '../../cli/keeping.ts';
import { LiveJudge } from '../../cli/live-judge.ts';
import { keptAlike } from '../../core/retention.ts';
import { isoOf } from '../../core/time.ts';
import { tenantId } from '../../core/types.ts';
import { candidatesOf } from '../../store/queries/candidates.ts';
import { openSecrets } from '../../store/secrets.ts';
import { migrateUser } from '../../store/users.ts';
import { askAs } from '../helpers/ask-as.ts';
import { clients, instant, judgedFirm, Landing, lastDay, life } from '../helpers/judged-firm.ts';
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
