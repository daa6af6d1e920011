/** `cordon tenants` on a ClickHouse server of one's own: what differs from the description, and making it so. */
import { hash } from 'node:crypto';
import { readSecret } from '../core/config.ts';
import { Fault } from '../core/errors.ts';
import type { ServerConfig } from '../core/store-config.ts';
import { ownServers } from '../core/tenants-config.ts';
import { type TenantId, unattributed } from '../core/types.ts';
import { Clients } from '../store/clients.ts';
import { AsyncDisposal } from '../store/disposal.ts';
import { openSecrets, type Secrets } from '../store/secrets.ts';
import { openAdmin, type ServerAdmin, type ServerPlan } from '../store/server/admin.ts';
import type { Change } from '../store/server/changes.ts';
import { serverFragment, usersFragment } from '../store/server/fragment.ts';
import { databaseless, migrateServer } from '../store/server/open.ts';
import { allUsers } from '../store/users.ts';
import type { ExitCode, Io } from './command.ts';
import type { Context } from './context.ts';

const signs: Readonly<Record<Change['kind'], string>> = { add: '+', change: '~', remove: '-' };

/** A server of one's own, and who is stored there. */
export interface Place {
  readonly server: ServerConfig;
  readonly secrets: Secrets;
  /** All that have data there or will get it. */
  readonly tenants: readonly TenantId[];
}

/** The one of all clients, where it is not embedded, then those that some clients have for themselves. */
export function placesOf({ config, tenants }: Context): Place[] {
  const sites = ownServers(config.tenants);
  // Else asking would make the keys of a store that is not there yet.
  if (config.store === 'embedded' && sites.length === 0) return [];
  const secrets = openSecrets(config.data);
  const all = [...new Set([...tenants, unattributed, ...secrets.keyed])].sort();
  const away = new Set(sites.flatMap((site) => site.tenants));
  const shared = all.filter((tenant) => !away.has(tenant));
  const firms = config.store === 'embedded' ? [] : [{ server: config.store, secrets, tenants: shared }];
  const others = sites.map(({ at: server, tenants: theirs }) => ({
    server,
    secrets: secrets.at(server.url),
    tenants: all.filter((tenant) => theirs.includes(tenant)),
  }));
  return [...firms, ...others].filter((place) => place.tenants.length > 0);
}

/** What removals have to be meant by: it changes with what would be removed. */
const codeOf = (removals: readonly Change[]): string =>
  hash('sha256', removals.flatMap(({ statements }) => statements).join('\n'), 'hex').slice(0, 8);

interface Asked {
  readonly dryRun: boolean;
  readonly json: boolean;
  readonly yes: string | undefined;
}

interface Planned {
  readonly place: Place;
  readonly admin: ServerAdmin;
  readonly plan: ServerPlan;
}

/** Exit 1: a dry run found something to do, or removals wait to be meant. */
export async function applyToServers(
  { env }: Context,
  places: readonly Place[],
  asked: Asked,
  io: Io,
): Promise<ExitCode> {
  await using undo = new AsyncDisposal();
  const planned: Planned[] = [];
  for (const place of places) {
    const { server, secrets, tenants } = place;
    if (!server.admin) continue;
    const login = { username: server.admin.user, password: readSecret(server.admin.password, env) };
    const admin = openAdmin(server, login, secrets);
    undo.add(async () => admin[Symbol.asyncDispose]());
    planned.push({ place, admin, plan: await admin.plan(tenants, io.signal) });
  }
  if (asked.yes !== undefined && !planned.some(({ plan }) => isMeant(plan, asked)))
    throw new Fault('USAGE', `\`--yes ${asked.yes}\` is not what would be removed now; look at it with --dry-run`);
  const codes: ExitCode[] = [];
  for (const place of places) {
    const one = planned.find((each) => each.place === place);
    codes.push(one ? await applyUsers(one, asked, io) : await applyTables(place, asked, io));
  }
  return codes.includes(1) ? 1 : 0;
}

const removalsOf = ({ changes }: ServerPlan): Change[] => changes.filter(({ kind }) => kind === 'remove');
const isMeant = (plan: ServerPlan, { yes }: Asked): boolean =>
  removalsOf(plan).length > 0 && yes === codeOf(removalsOf(plan));

async function applyUsers({ place, admin, plan }: Planned, asked: Asked, io: Io): Promise<ExitCode> {
  const removals = removalsOf(plan);
  const others = plan.changes.filter(({ kind }) => kind !== 'remove');
  const meant = isMeant(plan, asked);
  say(place, plan, asked.json, io);
  if (plan.diskless.length > 0) {
    io.err.write(
      `${plan.diskless.length} encrypted disks are not on the server. Write them with \`cordon tenants disks${flagOf(place)}\` into its config.d/ first.\n`,
    );
    return 1;
  }
  if (!asked.dryRun) {
    await admin.make([...others, ...(meant ? removals : [])], io.signal);
    await admin.migrate(place.tenants, io.signal);
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
async function applyTables(place: Place, { dryRun, json }: Asked, io: Io): Promise<ExitCode> {
  const { server, secrets, tenants } = place;
  const clients = new Clients(server, secrets.passwordOf);
  try {
    const fresh = await databaseless(clients, server, secrets, tenants, io.signal);
    say(place, { changes: [], diskless: [], fresh }, json, io);
    if (!dryRun) await migrateServer(clients, secrets, tenants, server, io.signal);
    const done = `${fresh.length} databases ${dryRun ? 'to make' : 'made'}`;
    io.err.write(`${done}; no \`store.admin\` is named, so users are the server's files' to say\n`);
    return dryRun && fresh.length > 0 ? 1 : 0;
  } finally {
    await clients.close();
  }
}

/** Which server is meant, for `disks` and `users`. */
const flagOf = ({ secrets, tenants: [first] }: Place): string => (secrets.holdsFirm ? '' : ` --at ${first}`);

function say({ server, secrets }: Place, { changes, diskless, fresh }: ServerPlan, json: boolean, io: Io): void {
  const own = !secrets.holdsFirm;
  if (json) {
    const list = changes.map(({ kind, what }) => ({ kind, what }));
    const said = { changes: list, diskless: diskless.map((one) => one ?? null), fresh };
    io.out.write(`${JSON.stringify({ ...(own && { at: server.url }), ...said })}\n`);
    return;
  }
  if (own) io.out.write(`at ${server.url}:\n`);
  for (const tenant of diskless) io.out.write(`! ${tenant ?? 'the firm'}: its encrypted disk is not on the server\n`);
  for (const tenant of fresh) io.out.write(`+ database of ${tenant}\n`);
  for (const { kind, what } of changes) io.out.write(`${signs[kind]} ${what}\n`);
}

/** The file for the server's config.d/. Makes keys for clients that have none. */
export function fragmentOf({ server, secrets, tenants }: Place): string {
  const firm = { name: secrets.diskOf(undefined), keyHex: secrets.firmDiskKey };
  const theirs = tenants.map((tenant) => ({ name: secrets.diskOf(tenant), keyHex: secrets.diskKeyOf(tenant) }));
  return serverFragment([...(secrets.holdsFirm ? [firm] : []), ...theirs], server.disk);
}

/** The file for the users.d/ of a server that takes users from files: then nobody needs to be allowed to make any. */
export const usersOf = ({ server, secrets, tenants }: Place): string =>
  usersFragment(allUsers(tenants, secrets, server.cluster), secrets.passwordOf);
