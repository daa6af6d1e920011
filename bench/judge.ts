/**
 * What judging a long history costs, and that it costs twice for twice as much: 2,000 staff, 200 clients, 90 days.
 * `npx tsx bench/judge.ts MILLIONS…` judges synthetic accesses (seed 7) in memory, day by day, as a replay does, and prints one
 * JSON line each, a process each: seconds of judging and of processor time, and the largest resident set.
 * `npx tsx bench/judge.ts --store MILLIONS` puts them into an embedded store first and has them read from there and kept.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Context, loadContext, storeOf } from '../cli/context.ts';
import { judgeStored } from '../cli/judge-stored.ts';
import { explainerOf, judgeOf } from '../cli/judging.ts';
import { saveLessons } from '../cli/lesson-book.ts';
import { forEachClient } from '../cli/stored-days.ts';
import type { JudgedAccess } from '../core/scene.ts';
import { isoOf } from '../core/time.ts';
import { type TenantId, tenantId } from '../core/types.ts';
import type { Store } from '../store/index.ts';
import { save } from '../store/query.ts';
import { quietIo } from './quiet-io.ts';
import { type Act, dayMs, SyntheticFirm } from './synthetic-firm.ts';

const staff = 2_000;
const clients = 200;
const days = 90;
const seed = 7;
const firstDay = Date.UTC(2026, 0, 1) / dayMs;
const whole = { from: 0, until: Date.UTC(2100, 0, 1), days: { from: '2000-01-01', until: '2100-01-01' } };
/** Put into the store at a time. */
const daysAtOnce = 5;
const rowsAtOnce = 20_000;

function inChild(millions: string): Buffer {
  const self = fileURLToPath(import.meta.url);
  return execFileSync(process.execPath, [...process.execArgv, self, millions], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function inFirm(work: (firm: SyntheticFirm, context: Context) => Promise<object>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'cordon-bench-'));
  try {
    const firm = new SyntheticFirm({ staff, clients, seed });
    process.stdout.write(
      `${JSON.stringify(await work(firm, loadContext({ config: firm.write(folder) }, quietIo(folder))))}\n`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function* actsOf(firm: SyntheticFirm, day: number, accesses: number): Generator<Act> {
  for (let person = 0; person < staff; person += 1) yield* firm.day(person, day, accesses / days / staff);
}

let made = 0;
function accessOf({ at, person, client, writes, path }: Act): JudgedAccess {
  made += 1;
  return {
    id: made.toString(16).padStart(32, '0'),
    at,
    seenAt: at + 2_000,
    tenant: `c${client}`,
    source: 'fs1',
    class: 'file',
    action: writes ? 'write' : 'read',
    outcome: 'success',
    actor: `p${person}`,
    actor_kind: 'person',
    object: path,
    ip: `10.2.${person >> 8}.${person & 255}`,
    count: 1,
  };
}

const peakMb = (): number => Math.round(process.resourceUsage().maxRSS / 1_024);
const cpuSecondsOf = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1e6;

/** Making the accesses is not counted; remembering what the days taught is. */
async function inMemory(accesses: number): Promise<void> {
  await inFirm(async (firm, context) => {
    const judge = judgeOf(context, explainerOf(context));
    let [seconds, cpuSeconds, candidates, lessons, taken] = [0, 0, 0, 0, 0];
    for (let day = firstDay; day < firstDay + days; day += 1) {
      const made = Array.from(actsOf(firm, day, accesses), accessOf);
      taken += made.length;
      const [begun, cpu] = [performance.now(), process.cpuUsage()];
      judge.take(made);
      lessons += judge.close(day - 1).reduce((sum, lesson) => sum + JSON.stringify(lesson).length, 0);
      candidates += judge.judge().candidates.length;
      judge.spread();
      seconds += (performance.now() - begun) / 1_000;
      cpuSeconds += cpuSecondsOf(process.cpuUsage(cpu));
    }
    if (candidates === 0) throw new Error('nothing was found: this firm has strays');
    return { bench: 'judge', accesses: taken, seconds, cpuSeconds, peakMb: peakMb(), candidates, lessonBytes: lessons };
  });
}

async function throughStore(accesses: number): Promise<void> {
  await inFirm(async (firm, context) => {
    const signal = AbortSignal.timeout(3_600_000);
    await using store = await storeOf(context, 'own', signal);
    for (let day = firstDay; day < firstDay + days; day += daysAtOnce) await put(store, firm, day, accesses, signal);
    const [begun, cpu] = [performance.now(), process.cpuUsage()];
    let candidates = 0;
    const { accesses: judged } = await judgeStored(context, store, whole, {
      recall: true,
      signal,
      async onSettled(settled) {
        candidates += settled.candidates.length;
        await saveLessons(store, settled.lessons, signal);
      },
    });
    const seconds = (performance.now() - begun) / 1_000;
    return {
      bench: 'judge-store',
      accesses: judged,
      seconds,
      cpuSeconds: cpuSecondsOf(process.cpuUsage(cpu)),
      peakMb: peakMb(),
      candidates,
    };
  });
}

async function put(store: Store, firm: SyntheticFirm, from: number, accesses: number, signal: AbortSignal) {
  const rows = new Map<TenantId, object[]>();
  for (let day = from; day < Math.min(from + daysAtOnce, firstDay + days); day += 1) {
    for (const act of actsOf(firm, day, accesses)) {
      const { seenAt, at, ...access } = accessOf(act);
      const tenant = tenantId(access.tenant);
      const own = rows.get(tenant) ?? [];
      rows.set(tenant, own);
      own.push({ ...access, at: isoOf(at), seen_at: isoOf(seenAt), collector: 'fs1', seq: day, index: own.length });
    }
  }
  const settings = { date_time_input_format: 'best_effort' } as const;
  await forEachClient([...rows.keys()], async (tenant) => {
    const own = rows.get(tenant) ?? [];
    for (let i = 0; i < own.length; i += rowsAtOnce)
      await save(
        store.client('land', tenant),
        'accesses',
        { question: 'bench', values: own.slice(i, i + rowsAtOnce), settings },
        signal,
      );
  });
}

const [first = '1', ...rest] = process.argv.slice(2);
if (first === '--store') await throughStore(Number(rest[0] ?? 1) * 1e6);
else if (rest.length === 0) await inMemory(Number(first) * 1e6);
else for (const millions of [first, ...rest]) process.stdout.write(inChild(millions));
