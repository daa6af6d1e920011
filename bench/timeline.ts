/**
 * What one actor's day costs in the server: the spread's answer, and that of each client it names.
 * `npx tsx bench/timeline.ts CONFIG ACTOR YYYY-MM-DD` on an imported and judged data folder prints one JSON line a round.
 */
import { loadConfig } from '../core/config.ts';
import { createLog } from '../core/log.ts';
import { openStore } from '../store/index.ts';
import { spreadOf } from '../store/queries/spread.ts';
import { timeline } from '../store/queries/timeline.ts';
import { run } from '../store/query.ts';

const rounds = 5;
const dayMs = 86_400_000;
const limit = 10_001;
const [file = '', actor = '', day = ''] = process.argv.slice(2);
const config = loadConfig(file);
const from = Date.parse(`${day}T00:00:00Z`);
const until = from + dayMs;
const signal = AbortSignal.timeout(120_000);
const log = createLog('silent');
await using store = await openStore({ config, dataDir: config.data, tenants: [], log, signal, mode: 'attach' });

for (let round = 1; round <= rounds; round += 1) {
  let serverMs = 0;
  const told = {
    onSummary({ elapsedMs }: { readonly elapsedMs: number }): void {
      serverMs += elapsedMs;
    },
  };
  const begun = performance.now();
  const clients = new Set<string>();
  for await (const { tenant } of run(store.firm('read'), spreadOf, { from, until, actor, tenant: '' }, signal, told)) {
    clients.add(tenant);
  }
  const spreadMs = serverMs;
  let accesses = 0;
  for (const tenant of store.tenants.filter((one) => clients.has(one))) {
    const asked = { from, until, limit, actor, object: '' };
    for await (const _ of run(store.client('read', tenant), timeline({ actor }), asked, signal, told)) accesses += 1;
  }
  if (accesses === 0) throw new Error(`${actor} did nothing on ${day}, or the data was not judged`);
  const result = {
    bench: 'timeline',
    round,
    clients: clients.size,
    accesses,
    spreadMs,
    serverMs,
    wallMs: performance.now() - begun,
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
