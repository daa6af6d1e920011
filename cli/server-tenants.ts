/** `cordon tenants` on a ClickHouse server of one's own: what differs from the description, and making it so. */
import { hash } from 'node:crypto';
import { readSecret } from '../core/config.ts';
import { Fault } from '../core/errors.ts';
import type { ServerConfig } from '../core/store-config.ts';
import { type TenantId, unattributed } from '../core/types.ts';
import { Clients } from '../store/clients.ts';
import { openSecrets } from '../store/secrets.ts';
import { openAdmin, type ServerPlan } from '../store/server/admin.ts';
import type { Change } from '../store/server/changes.ts';
import { serverFragment, usersFragment } from '../store/server/fragment.ts';
import { databaseless, migrateServer } from '../store/server/open.ts';
import { allUsers } from '../store/users.ts';
import type { ExitCode, Io } from './command.ts';
import type { Context } from './context.ts';

const signs: Readonly<Record<Change['kind'], string>> = { add: '+', change: '~', remove: '-' };

/** All that have data or will get it. */
function tenantsOf({ config, tenants }: Context): TenantId[] {
  return [...new Set([...tenants, unattributed, ...openSecrets(config.data).keyed])].sort();
}

/** What removals have to be meant by: it changes with what would be removed. */
const codeOf = (removals: readonly Change[]): string =>
  hash('sha256', removals.flatMap(({ statements }) => statements).join('\n'), 'hex').slice(0, 8);

/** Exit 1: a dry run found something to do, or removals wait to be meant. */
export async function applyToServer(
  context: Context,
  server: ServerConfig,
  asked: { readonly dryRun: boolean; readonly json: boolean; readonly yes: string | undefined },
  io: Io,
): Promise<ExitCode> {
  const { config, env } = context;
  if (!server.admin) return applyTables(context, server, asked, io);
  const login = { username: server.admin.user, password: readSecret(server.admin.password, env) };
  const tenants = tenantsOf(context);
  await using admin = openAdmin(server, login, openSecrets(config.data));
  const plan = await admin.plan(tenants, io.signal);
  const removals = plan.changes.filter(({ kind }) => kind === 'remove');
  const others = plan.changes.filter(({ kind }) => kind !== 'remove');
  const meant = removals.length > 0 && asked.yes === codeOf(removals);
  if (asked.yes !== undefined && !meant)
    throw new Fault('USAGE', `\`--yes ${asked.yes}\` is not what would be removed now; look at it with --dry-run`);
  say(plan, asked.json, io);
  if (plan.diskless.length > 0) {
    io.err.write(
      `${plan.diskless.length} encrypted disks are not on the server. Write them with \`cordon tenants disks\` into its config.d/ first.\n`,
    );
    return 1;
  }
  if (!asked.dryRun) {
    await admin.make([...others, ...(meant ? removals : [])], io.signal);
    await admin.migrate(tenants, io.signal);
    io.err.write(`${others.length + plan.fresh.length + (meant ? removals.length : 0)} changes made\n`);
  }
  if (removals.length > 0 && !meant) {
    io.err.write(
      `${removals.length} removals wait. To mean exactly these: cordon tenants apply --yes ${codeOf(removals)}\n`,
    );
    return 1;
  }
  return asked.dryRun && others.length + plan.fresh.length > 0 ? 1 : 0;
}

/** Nobody here may make users, so they come from the server's files; databases and tables are made all the same. */
async function applyTables(
  context: Context,
  server: ServerConfig,
  { dryRun, json }: { readonly dryRun: boolean; readonly json: boolean },
  io: Io,
): Promise<ExitCode> {
  const secrets = openSecrets(context.config.data);
  const tenants = tenantsOf(context);
  const clients = new Clients(server, secrets.passwordOf);
  try {
    const fresh = await databaseless(clients, server, secrets, tenants, io.signal);
    say({ changes: [], diskless: [], fresh }, json, io);
    if (!dryRun) await migrateServer(clients, secrets, tenants, server, io.signal);
    const done = `${fresh.length} databases ${dryRun ? 'to make' : 'made'}`;
    io.err.write(`${done}; no \`store.admin\` is named, so users are the server's files' to say\n`);
    return dryRun && fresh.length > 0 ? 1 : 0;
  } finally {
    await clients.close();
  }
}

function say({ changes, diskless, fresh }: ServerPlan, json: boolean, io: Io): void {
  if (json) {
    const list = changes.map(({ kind, what }) => ({ kind, what }));
    io.out.write(`${JSON.stringify({ changes: list, diskless: diskless.map((one) => one ?? null), fresh })}\n`);
    return;
  }
  for (const tenant of diskless) io.out.write(`! ${tenant ?? 'the firm'}: its encrypted disk is not on the server\n`);
  for (const tenant of fresh) io.out.write(`+ database of ${tenant}\n`);
  for (const { kind, what } of changes) io.out.write(`${signs[kind]} ${what}\n`);
}

/** The file for the server's config.d/. Makes keys for clients that have none. */
export function fragmentOf(context: Context, { disk }: ServerConfig): string {
  const tenants = tenantsOf(context);
  const secrets = openSecrets(context.config.data);
  const firm = { name: secrets.diskOf(undefined), keyHex: secrets.firmDiskKey };
  return serverFragment(
    [firm, ...tenants.map((tenant) => ({ name: secrets.diskOf(tenant), keyHex: secrets.diskKeyOf(tenant) }))],
    disk,
  );
}

/** The file for the users.d/ of a server that takes users from files: then nobody needs to be allowed to make any. */
export function usersOf(context: Context): string {
  const { data, store } = context.config;
  const secrets = openSecrets(data);
  const cluster = store === 'embedded' ? undefined : store.cluster;
  return usersFragment(allUsers(tenantsOf(context), secrets, cluster), secrets.passwordOf);
}
