/**
 * From landing to candidate, live: 2,000 staff of 40 clients write 1,000 records a second into a Samba log, and every ten
 * seconds one of them opens 150 files of a client nobody assigned. `npx tsx bench/live.ts [SECONDS] [RECORDS A SECOND]`: the
 * real pipeline in one process (tail, seal, spool, land, judge). Checks that all landed and all was found; one JSON line.
 */
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { median } from 'simple-statistics';
import { z } from 'zod';
import { type Context, loadContext, storeOf } from '../cli/context.ts';
import { runCordon } from '../cli/runtime.ts';
import { candidateId } from '../core/alert.ts';
import { isoOf } from '../core/time.ts';
import { tenantId } from '../core/types.ts';
import type { Store } from '../store/index.ts';
import { candidatesOf } from '../store/queries/candidates.ts';
import { all, type Query } from '../store/query.ts';
import { quietIo } from './quiet-io.ts';
import { type Act, SyntheticFirm } from './synthetic-firm.ts';

const staff = 2_000;
const clients = 40;
const seconds = Number(process.argv[2] ?? 180);
const perSecond = Number(process.argv[3] ?? 1_000);
const writeEveryMs = 100;
const plantEveryMs = 10_000;
const plantedFiles = 150;
const lookEveryMs = 200;
const settleMs = 120_000;

interface Planted {
  readonly person: number;
  readonly client: number;
  readonly writtenAt: number;
  seenAt: number | undefined;
}

/** No two lines are the same, or they would be one access. */
const lineOf = ({ at, person, path, writes }: Act, number: number): string =>
  `${isoOf(at).slice(0, -1)}${String(number % 1_000).padStart(3, '0')}+00:00 fs1 smbd_audit[${person}]: user${person}|10.2.${person >> 8}.${person & 255}|pc${person}|clients|openat|ok|${writes ? 'w' : 'r'}|${path}\n`;

/** When what was planted lay in the store: its last batch. */
const landedBy: Query<{ object: string }, { landedAt: number; accesses: number }> = {
  name: 'bench-landed',
  row: z.object({ landedAt: z.number(), accesses: z.number() }),
  sql: `
    SELECT toFloat64(toUnixTimestamp64Milli(max(landed_at))) AS landedAt, toFloat64(sum(count)) AS accesses FROM batches
    WHERE (collector, seq) IN (SELECT collector, seq FROM accesses WHERE startsWith(object, {object:String}))`,
};
const countAll: Query<Record<string, never>, { n: number }> = {
  name: 'bench-count',
  row: z.object({ n: z.number() }),
  sql: 'SELECT toFloat64(sum(count)) AS n FROM accesses',
};

const folderOf = ({ person, client }: Pick<Planted, 'person' | 'client'>): string =>
  `/srv/clients/c${client}/strange/p${person}/`;

async function write(firm: SyntheticFirm, log: string, planted: Planted[]): Promise<number> {
  const begun = Date.now();
  let [written, plants] = [0, 0];
  for (let now = begun; now - begun < seconds * 1_000; now = Date.now()) {
    const due = Math.floor(((now - begun) / 1_000) * perSecond) - written;
    let text = '';
    for (let i = 0; i < due; i += 1) text += lineOf(firm.any(now), i);
    written += Math.max(0, due);
    if (now - begun > plants * plantEveryMs) {
      const one: Planted = { person: plants, client: firm.foreign(plants), writtenAt: now, seenAt: undefined };
      for (let i = 0; i < plantedFiles; i += 1)
        text += lineOf(
          { ...firm.act(one.person, one.client, now), writes: false, path: `${folderOf(one)}${i}.docx` },
          i,
        );
      written += plantedFiles;
      plants += 1;
      planted.push(one);
    }
    appendFileSync(log, text);
    await sleep(writeEveryMs);
  }
  return written;
}

async function look(store: Store, planted: readonly Planted[], stop: AbortSignal): Promise<void> {
  const signal = AbortSignal.timeout(3_600_000);
  const everyDay = { from: '2000-01-01', until: '2100-01-01' };
  while (!stop.aborted) {
    const waiting = planted.filter(({ seenAt }) => seenAt === undefined);
    if (waiting.length > 0) {
      const found = new Map((await candidatesOf(store.firm('read'), everyDay, signal)).map((one) => [one.id, one]));
      for (const one of waiting) {
        const candidate = found.get(candidateId(`p${one.person}`, isoOf(one.writtenAt).slice(0, 10)));
        if (candidate?.tenants.includes(`c${one.client}`)) one.seenAt = Date.now();
      }
    }
    await sleep(lookEveryMs);
  }
}

async function recordsIn(store: Store, signal: AbortSignal): Promise<number> {
  let records = 0;
  for (const tenant of store.tenants)
    records += (await all(store.client('read', tenant), countAll, {}, signal))[0]?.n ?? 0;
  return records;
}

async function measure(context: Context, firm: SyntheticFirm, log: string): Promise<object> {
  const stop = new AbortController();
  const planted: Planted[] = [];
  let ticks = 0;
  let ready: () => void = () => undefined;
  const up = new Promise<void>((resolve) => {
    ready = resolve;
  });
  const cpu = process.cpuUsage();
  const running = runCordon(context, {
    roles: new Set(['collect', 'land', 'judge'] as const),
    notifiers: [],
    program: 'cordon',
    signal: stop.signal,
    onReady: () => ready(),
    onJudged: () => {
      ticks += 1;
    },
  });
  await Promise.race([up, running]);
  await using store = await storeOf(context, 'attach', AbortSignal.timeout(3_600_000));
  const looked = new AbortController();
  const looking = look(store, planted, looked.signal);
  const written = await write(firm, log, planted);
  const giveUpAt = Date.now() + settleMs;
  while (planted.some(({ seenAt }) => seenAt === undefined) && Date.now() < giveUpAt) await sleep(lookEveryMs);
  looked.abort();
  await looking;
  const signal = AbortSignal.timeout(settleMs);
  let landed = await recordsIn(store, signal);
  while (landed < written && Date.now() < giveUpAt) landed = await recordsIn(store, signal);
  const found = planted.filter(({ seenAt }) => seenAt !== undefined);
  const delays: number[] = [];
  for (const one of found) {
    const [row] = await all(
      store.client('read', tenantId(`c${one.client}`)),
      landedBy,
      { object: folderOf(one) },
      signal,
    );
    delays.push(((one.seenAt ?? 0) - (row?.landedAt ?? 0)) / 1_000);
  }
  const { user, system } = process.cpuUsage(cpu);
  stop.abort();
  await running;
  if (landed !== written || found.length !== planted.length)
    throw new Error(`${landed} of ${written} landed, ${found.length} of ${planted.length} found`);
  const arrival = found.map(({ seenAt = 0, writtenAt }) => (seenAt - writtenAt) / 1_000);
  return {
    bench: 'live',
    accesses: written,
    perSecond,
    ticks,
    planted: planted.length,
    landedToCandidateSeconds: { median: median(delays), largest: Math.max(...delays) },
    writtenToCandidateSeconds: { median: median(arrival), largest: Math.max(...arrival) },
    firstHalf: median(delays.slice(0, delays.length >> 1)),
    secondHalf: median(delays.slice(delays.length >> 1)),
    cpuSeconds: (user + system) / 1e6,
    peakMb: Math.round(process.resourceUsage().maxRSS / 1_024),
  };
}

const folder = mkdtempSync(join(tmpdir(), 'cordon-bench-'));
try {
  const firm = new SyntheticFirm({ staff, clients, seed: 7 });
  const context = loadContext({ config: firm.write(folder) }, quietIo(folder), 'service');
  process.stdout.write(`${JSON.stringify(await measure(context, firm, join(folder, 'audit.log')))}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
