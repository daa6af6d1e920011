/** As many clients as one machine is meant for, all of them new: what the server is allowed must hold them. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, jest, test } from '@jest/globals';
import { applyRetention } from '../../cli/retention.ts';
import { eachAtOnce } from '../../core/at-once.ts';
import { createLog } from '../../core/log.ts';
import { keptAlike } from '../../core/retention.ts';
import { type TenantId, tenantId } from '../../core/types.ts';
import { openStore, type Store } from '../../store/index.ts';

jest.setTimeout(400_000);
const clients = Array.from({ length: 300 }, (_, i) => tenantId(`c${i}`));
/** What the process is meant to stay under (store/embedded/config-files.ts). */
const residentKbMax = 1_500_000;

test('300 new clients at once start, take data, are told how long to keep it, and start again', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'cordon-many-'));
  try {
    {
      await using store = await opened(dataDir);
      await applyRetention(keptForAYear(dataDir), store, AbortSignal.timeout(120_000));
      await eachAtOnce(clients, 4, (tenant) => landOne(store, tenant));
      expect(residentKb(store)).toBeLessThan(residentKbMax);
    }
    await using again = await opened(dataDir);
    await eachAtOnce(clients, 4, (tenant) => landOne(again, tenant));
    const last = again.client('read', tenantId('c299'));
    const rows = await (await last.query({ query: 'SELECT seq FROM batches', format: 'JSONEachRow' })).json();
    expect(rows).toHaveLength(2);
    expect(residentKb(again)).toBeLessThan(residentKbMax);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
});

const opened = (dataDir: string): Promise<Store> =>
  openStore({
    config: { store: 'embedded' },
    dataDir,
    tenants: clients,
    log: createLog('silent'),
    signal: AbortSignal.timeout(280_000),
    mode: 'own',
  });

const keptForAYear = (data: string) =>
  ({
    config: { file: 'cordon.yaml', legal_hold: [], data, checkpoints: {} },
    directory: { firm: { retention: {} }, clients: new Map(clients.map((id) => [id, { retention: keptAlike(365) }])) },
    log: createLog('silent'),
  }) as unknown as Parameters<typeof applyRetention>[0];

async function landOne(store: Store, tenant: TenantId): Promise<void> {
  await store.client('land', tenant).insert({
    table: 'batches',
    values: [{ collector: 'fs1', seq: 0, count: 1, value: 'x'.repeat(2_000) }],
    format: 'JSONEachRow',
  });
}

function residentKb({ serverPid }: Store): number {
  const [, kb] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${serverPid}/status`, 'utf8')) ?? [];
  return Number(kb);
}
