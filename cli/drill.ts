/** `cordon drill restore`: is the backup one? Each client backed up, restored into an empty store, audited; with the time it took. */

import { createPublicKey } from 'node:crypto';
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../core/errors.ts';
import type { TenantId } from '../core/types.ts';
import { auditTenant } from '../evidence/audit.ts';
import { vaultKey } from '../evidence/exporter-key.ts';
import { openStore, type Store } from '../store/index.ts';
import { auditReaderOf } from './audit-reader.ts';
import { makeBackup, restoreBackup } from './backup.ts';
import { command, type Io } from './command.ts';
import { type Context, loadContext, storeOf, tenantNamed } from './context.ts';
import { goneOf } from './keeping.ts';
import { openerOf } from './keyring.ts';
import { endedOf } from './receipts.ts';
import { trialFolder } from './trial-folder.ts';

interface Drilled {
  readonly tenant: TenantId;
  readonly accesses: number;
  readonly bytes: number;
  /** From the first byte to the last: what lands in it may be missing in the backup. */
  readonly backupSeconds: number;
  /** Until every batch was landed, checked, and audited. */
  readonly restoreSeconds: number;
  readonly problems: readonly string[];
}

export const drill = command({
  name: 'drill',
  examples: ['cordon drill restore  # every client', 'cordon drill restore --tenant acme --json'],
  positionals: 'restore',
  options: { tenant: { type: 'string', value: 'CLIENT', help: 'only this client (default: all)' } },

  async run({ values, positionals }, io) {
    if (positionals.length !== 1 || positionals[0] !== 'restore')
      throw new Fault('USAGE', 'write `cordon drill restore [--tenant CLIENT]`');
    const context = loadContext(values, io);
    await using folder = await trialFolder(context.config.data, 'drill');
    const place = folder.path;
    await using store = await storeOf(context, 'attach', io.signal);
    const chosen = values.tenant === undefined ? store.tenants : [tenantNamed(context, values.tenant)];
    const tenants = chosen.filter((tenant) => context.config.tenants.get(tenant)?.store === undefined);
    if (tenants.length < chosen.length)
      io.err.write(
        `${chosen.length - tenants.length} clients are left out: the drill restores on this machine, and they are stored at servers of their own alone\n`,
      );
    const startBegun = performance.now();
    await using empty = await emptyStore(context, tenants, join(place, 'data'), io.signal);
    const startSeconds = secondsSince(startBegun);
    const drilled: Drilled[] = [];
    for (const tenant of tenants) drilled.push(await drillOne({ context, store, empty, place, tenant }, io));
    return report(drilled, startSeconds, values.json === true, io);
  },
});

/** Another machine, as far as one can be had here: only the keys that a backup's owner keeps elsewhere are there. */
async function emptyStore(context: Context, tenants: readonly TenantId[], dataDir: string, signal: AbortSignal) {
  const { config, log } = context;
  mkdirSync(join(dataDir, 'keys', 'tenants'), { recursive: true, mode: 0o700 });
  for (const tenant of tenants)
    cpSync(join(config.data, 'keys', 'tenants', `${tenant}.key`), join(dataDir, 'keys', 'tenants', `${tenant}.key`));
  return openStore({ config: { store: 'embedded' }, dataDir, tenants, log, signal, mode: 'own' });
}

async function drillOne(
  {
    context,
    store,
    empty,
    place,
    tenant,
  }: { context: Context; store: Store; empty: Store; place: string; tenant: TenantId },
  io: Io,
): Promise<Drilled> {
  const file = join(place, `${tenant}.backup`);
  const dataDir = join(place, 'data');
  const backupBegun = performance.now();
  const made = await makeBackup(file, { store, tenant, config: context.config }, io);
  const backupSeconds = secondsSince(backupBegun);
  const restoreBegun = performance.now();
  // With the tenant's own key that the backup brought, and no other.
  const opener = openerOf({ ...context, config: { ...context.config, data: dataDir } });
  const restored = await restoreBackup(file, { store: empty, dataDir, opener }, io);
  const range = { from: Date.UTC(1900, 0, 1), until: Date.UTC(2299, 11, 31) };
  const gone = (await goneOf(context.config, store, io.signal))(tenant, Date.now());
  const key = createPublicKey(vaultKey(context.config.data));
  const ended = endedOf(context.config.data, tenant, key);
  const audit = await auditTenant(
    auditReaderOf({ store: empty, tenant, range, witness: undefined, dataDir, opener, gone }),
    { tenant, whole: true, gone, ended, vaultKey: key, signal: io.signal },
  );
  const restoreSeconds = secondsSince(restoreBegun);
  rmSync(file);
  const short =
    restored.accesses === made.accesses ? [] : [`${made.accesses - restored.accesses} accesses are not restored`];
  return {
    tenant,
    accesses: audit.accesses,
    bytes: made.bytes,
    backupSeconds,
    restoreSeconds,
    problems: [...audit.problems, ...short],
  };
}

const secondsSince = (begun: number): number => (performance.now() - begun) / 1_000;

function report(drilled: readonly Drilled[], startSeconds: number, json: boolean, { out, err }: Io): 0 | 1 {
  const sum = (of: (one: Drilled) => number) => drilled.reduce((total, one) => total + of(one), 0);
  const rpo = Math.max(0, ...drilled.map(({ backupSeconds }) => backupSeconds));
  const rto = startSeconds + sum(({ restoreSeconds }) => restoreSeconds);
  const failed = drilled.filter(({ problems }) => problems.length > 0);
  if (json) {
    out.write(
      `${JSON.stringify({ rpo_seconds: rpo, rto_seconds: rto, start_seconds: startSeconds, tenants: drilled })}\n`,
    );
    return failed.length > 0 ? 1 : 0;
  }
  for (const { tenant, accesses, bytes, backupSeconds, restoreSeconds, problems } of drilled) {
    out.write(
      `${tenant}: ${accesses} accesses, ${(bytes / 1e6).toFixed(1)} MB: backed up in ${backupSeconds.toFixed(1)} s, restored and audited in ${restoreSeconds.toFixed(1)} s\n`,
    );
    for (const problem of problems) out.write(`  ${problem}\n`);
  }
  out.write(`RTO ${rto.toFixed(1)} s for all of it, an empty store's start of ${startSeconds.toFixed(1)} s included\n`);
  out.write(`RPO: the time between two backups, and at most ${rpo.toFixed(1)} s while one is made\n`);
  err.write(failed.length === 0 ? 'every backup restores\n' : `${failed.length} clients did not come back whole\n`);
  return failed.length > 0 ? 1 : 0;
}
