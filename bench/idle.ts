/**
 * What the embedded server takes when nobody asks it anything: processor seconds in each ten seconds after its start.
 * `npx tsx bench/idle.ts [--clients 300]`. Its databases are made in a temporary folder first, which is in no figure.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createLog } from '../core/log.ts';
import { tenantId } from '../core/types.ts';
import { openStore } from '../store/index.ts';
import { cpuSeconds } from './processor-time.ts';

const startMsMax = 300_000;
const windowMs = 10_000;
const windows = 5;

const { values } = parseArgs({ options: { clients: { type: 'string', default: '300' } } });
const clients = Number(values.clients);
const tenants = Array.from({ length: clients }, (_, n) => tenantId(`client${String(n).padStart(3, '0')}`));
const dataDir = mkdtempSync(join(tmpdir(), 'cordon-idle-'));
const open = () =>
  openStore({
    config: { store: 'embedded' },
    dataDir,
    tenants,
    log: createLog('silent'),
    signal: AbortSignal.timeout(startMsMax),
    mode: 'own',
  });

try {
  await (await open())[Symbol.asyncDispose]();
  await using store = await open();
  const pid = store.serverPid ?? 0;
  const cpu: number[] = [];
  for (let window = 0; window < windows; window += 1) {
    const before = cpuSeconds(pid);
    await sleep(windowMs);
    cpu.push(Math.round((cpuSeconds(pid) - before) * 100) / 100);
  }
  process.stdout.write(`${JSON.stringify({ bench: 'idle', clients, windowSeconds: windowMs / 1_000, cpu })}\n`);
} finally {
  rmSync(dataDir, { recursive: true, force: true });
}
