/** `cordon backup` and `cordon restore`: one client, in a file that only its own key opens. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Opener } from '../core/envelope.ts';
import { Fault } from '../core/errors.ts';
import { isoOf } from '../core/time.ts';
import type { Instant, TenantId } from '../core/types.ts';
import type { PastAct } from '../evidence/keeping.ts';
import { BackupWriter, openBackup } from '../store/backup-file.ts';
import type { Store } from '../store/index.ts';
import { auditStreams } from '../store/queries/audit.ts';
import { all } from '../store/query.ts';
import { type Content, landContent, writeContent } from './backup-content.ts';
import { command, type Io } from './command.ts';
import { type Context, loadContext, storeOf, tenantNamed } from './context.ts';
import type { KeepingConfig } from './keeping.ts';
import { keepingFor, restoreKeeping } from './keeping-restored.ts';
import { openerOf } from './keyring.ts';
import { progress } from './progress.ts';
import { applyRetention } from './retention.ts';
import { rewindLanders } from './topics.ts';

export const backup = command({
  name: 'backup',
  examples: ['cordon backup --tenant acme -o acme.backup', 'cordon restore acme.backup'],
  options: {
    tenant: { type: 'string', value: 'CLIENT', help: 'whose data' },
    output: { type: 'string', short: 'o', value: 'FILE', help: 'the file to write; it must not exist yet' },
  },

  async run({ values, positionals }, io) {
    const { tenant: named, output } = values;
    if (named === undefined || output === undefined || positionals.length > 0)
      throw new Fault('USAGE', 'write `cordon backup --tenant CLIENT -o FILE`');
    const context = loadContext(values, io);
    const tenant = tenantNamed(context, named);
    const file = resolve(io.cwd, output);
    await using store = await storeOf(context, 'attach', io.signal);
    const begun = performance.now();
    const made = await makeBackup(file, { store, tenant, config: context.config }, io);
    const seconds = (performance.now() - begun) / 1_000;
    if (values.json === true) io.out.write(`${JSON.stringify({ file, tenant, ...made, seconds })}\n`);
    else {
      io.out.write(`${file}: ${inWords(made)}, ${(made.bytes / 1e6).toFixed(1)} MB in ${seconds.toFixed(1)} s\n`);
      io.err.write(
        `It opens only with keys/tenants/${tenant}.key of this data folder: keep that key elsewhere too, best all of keys/.\n`,
      );
    }
    return 0;
  },
});

export const restore = command({
  name: 'restore',
  examples: ['cordon restore acme.backup  # what is there already stays; every batch is checked'],
  positionals: 'FILE',
  options: {},

  async run({ values, positionals }, io) {
    const [named, ...more] = positionals;
    if (named === undefined || more.length > 0) throw new Fault('USAGE', 'write `cordon restore FILE`');
    const context = loadContext(values, io);
    const file = resolve(io.cwd, named);
    const begun = performance.now();
    await using store = await storeOf(context, 'own', io.signal);
    const into = { store, dataDir: context.config.data, opener: openerOf(context) };
    let holds: readonly string[] | undefined;
    const onKeeping = async (tenant: TenantId, past: readonly PastAct[]): Promise<void> => {
      holds = await heldAgain(context, store, { tenant, past, now: Date.now() }, io);
    };
    const restored = await restoreBackup(file, { ...into, onKeeping }, io);
    const seconds = (performance.now() - begun) / 1_000;
    if (values.json === true) io.out.write(`${JSON.stringify({ file, ...restored, holds, seconds })}\n`);
    else
      io.out.write(
        `${restored.tenant}: ${inWords(restored)}; ${restored.fresh} batches were not there; ${seconds.toFixed(1)} s\n`,
      );
    if (!holds)
      io.err.write(
        `The backup does not say whether ${restored.tenant} was held. If it was, say so now: cordon tenants hold ${restored.tenant} --why TEXT\n`,
      );
    if (restored.foreign > 0)
      io.err.write(
        `${restored.foreign} checkpoints of ${restored.tenant} are not signed with the key of this vault, so \`cordon audit-chain\` believes them only under the key of then: bring keys/vault.pem and keys/vault.pub.pem of then before \`cordon start\`, or give its public half with --key\n`,
      );
    if (context.config.bus === 'local') return 0;
    // The brokers remember how far the lost store had come, and would not send again what came after the backup.
    const again = await rewindLanders(context, [restored.tenant], io.signal);
    io.err.write(`${again} batches of ${restored.tenant} that the brokers still keep come again when a lander runs\n`);
    return 0;
  },
});

/** The names of the holds in force, which are then in the log, and the tables told. */
async function heldAgain(
  context: Context,
  store: Store,
  said: { readonly tenant: TenantId; readonly past: readonly PastAct[]; readonly now: Instant },
  io: Io,
): Promise<string[]> {
  const holds = await restoreKeeping(context.config, store, said, io.signal);
  await applyRetention(context, store, io.signal);
  for (const { hold, why } of holds) io.err.write(`${hold}: ${said.tenant} is held: ${why}\n`);
  return holds.map(({ hold }) => hold);
}

const inWords = ({ accesses, batches, checkpoints }: Content): string =>
  `${accesses} accesses in ${batches} batches, ${checkpoints} checkpoints`;

export async function makeBackup(
  file: string,
  from: { store: Store; tenant: TenantId; config: KeepingConfig },
  io: Io,
): Promise<Content & { readonly bytes: number; readonly at: string }> {
  const at = isoOf(Date.now());
  const range = { from: Date.UTC(1900, 0, 1), until: Date.UTC(2299, 11, 31) };
  const streams = await all(from.store.client('read', from.tenant), auditStreams, range, io.signal);
  const past = await keepingFor(from.config, from.store, from.tenant, io.signal);
  if (!past)
    io.err.write(
      `The log of legal holds is not whole (see \`cordon doctor\`), so the backup does not say whether ${from.tenant} is held.\n`,
    );
  const total = streams.reduce((sum, { accesses }) => sum + accesses, 0);
  const bar = progress(io, { unit: 1, name: 'accesses' });
  const writer = new BackupWriter(file, { tenant: from.tenant, at }, diskKeyOf(from.config.data, from.tenant));
  try {
    const onAccesses = (done: number) => bar.update(done, total, from.tenant);
    const content = { store: from.store, tenant: from.tenant, dataDir: from.config.data, past };
    return { ...(await writeContent(writer, content, { signal: io.signal, onAccesses })), bytes: writer.bytes, at };
  } catch (error) {
    writer.abandon();
    throw error;
  } finally {
    bar.stop();
  }
}

export async function restoreBackup(
  file: string,
  into: {
    readonly store: Store;
    readonly dataDir: string;
    readonly opener: Opener;
    readonly onKeeping?: (tenant: TenantId, past: readonly PastAct[]) => Promise<void>;
  },
  io: Io,
) {
  const opened = openBackup(file);
  const bar = progress(io, { unit: 1, name: 'accesses' });
  try {
    const { tenant, at } = opened.header;
    if (!into.store.tenants.includes(tenant))
      throw new Fault(
        'NOT_FOUND',
        `the backup is of ${tenant}, who is not in the directory; add the client and its key first`,
      );
    const { onKeeping, ...place } = into;
    const target = {
      ...place,
      tenant,
      diskKeyHex: diskKeyOf(into.dataDir, tenant),
      ...(onKeeping && { onKeeping: (past: readonly PastAct[]) => onKeeping(tenant, past) }),
    };
    const onAccesses = (done: number) => bar.update(done, done, tenant);
    return { tenant, at, ...(await landContent(opened, target, { signal: io.signal, onAccesses })) };
  } finally {
    bar.stop();
    opened.close();
  }
}

/** Read, never made: a new key would open nothing. */
function diskKeyOf(dataDir: string, tenant: TenantId): string {
  const file = join(dataDir, 'keys', 'tenants', `${tenant}.key`);
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  throw new Fault('NOT_FOUND', `${file} is not there: without its key nothing of ${tenant} can be read`);
}
