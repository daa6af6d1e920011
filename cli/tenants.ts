/** `cordon tenants`: clients in the store against clients in the directory; and the end of one. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../core/errors.ts';
import { forEver, retentionText } from '../core/retention.ts';
import { type TenantId, tenantId, unattributed } from '../core/types.ts';
import { openStore } from '../store/index.ts';
import { tenantUsers } from '../store/users.ts';
import { command, type ExitCode, type Io } from './command.ts';
import { type Context, loadContext, storeOf, tenantNamed } from './context.ts';
import { destroy, doomedOf } from './destroy.ts';
import { liftHold, listHolds, setHold } from './holds.ts';
import { keepingOf } from './keeping.ts';
import { keeperOf } from './keyring.ts';
import { listMoves, moveClient } from './moves.ts';
import { type RetentionChange, retentionChanges, retentionOf } from './retention.ts';
import { applyToServers, fragmentOf, type Place, placesOf, usersOf } from './server-tenants.ts';

interface Difference {
  /** In the directory and not in the store. */
  readonly fresh: readonly TenantId[];
  /** In the store and no longer in the directory. */
  readonly left: readonly TenantId[];
  readonly retention: readonly RetentionChange[];
}

export const tenants = command({
  name: 'tenants',
  examples: [
    'cordon tenants apply --dry-run  # what the next start would make, change or leave alone',
    'cordon tenants apply',
    'cordon tenants disks > cordon-disks.xml  # store of your own: for its config.d/; holds the keys',
    'cordon tenants users > cordon-users.xml  # for its users.d/, where users come from files',
    'cordon tenants move acme  # to where the configuration now says; says what would be moved, and how to mean it',
    'cordon tenants destroy acme  # says what would be gone, and how to mean it',
    'cordon tenants hold acme --why "Acme v. Globex, letter of 4 March" --until 2028-12-31',
    'cordon tenants lift acme-1 --why "settled"  # says what would follow, and how to mean it',
    'cordon tenants holds',
  ],
  positionals: 'apply | disks | users | move [CLIENT] | destroy CLIENT | hold CLIENT | lift HOLD | holds [CLIENT]',
  options: {
    at: {
      type: 'string',
      value: 'CLIENT',
      help: 'disks, users: of the server that this client has for itself (default: of the one for all)',
    },
    'dry-run': { type: 'boolean', help: 'apply, move: only say what would change; exit 1 if anything would' },
    yes: {
      type: 'string',
      value: 'CLIENT|HOLD|CODE',
      help: 'move, destroy, lift: the client or the hold once more, to mean it; apply: the code of what would be removed',
    },
    why: { type: 'string', value: 'TEXT', help: 'hold, lift: for whom and what; kept for good' },
    from: { type: 'string', value: 'TIME', help: 'hold: in force from then on (default: now)' },
    until: {
      type: 'string',
      value: 'TIME',
      help: 'hold: until then; a date means the end of that day (default: open)',
    },
  },

  async run({ values, positionals }, io) {
    const [action, named, ...more] = positionals;
    const context = loadContext(values, io);
    if ((action === 'disks' || action === 'users') && named === undefined) {
      const place = placeOf(context, values.at, action);
      io.out.write(action === 'disks' ? fragmentOf(place) : usersOf(place));
      return 0;
    }
    if (action === 'apply' && named === undefined) {
      const asked = { dryRun: values['dry-run'] === true, json: values.json === true, yes: values.yes };
      // A client's own server first: the embedded store's start looks whether it is ready.
      const there = await applyToServers(context, placesOf(context), asked, io);
      if (context.config.store !== 'embedded' || (there === 1 && !asked.dryRun)) return there;
      const here = await apply(context, asked, io);
      return there === 1 ? 1 : here;
    }
    if (action === 'destroy' && named !== undefined && more.length === 0)
      return end(context, tenantId(named), { yes: values.yes, json: values.json === true }, io);
    const { why, from, until, yes } = values;
    const asked = { why, from, until, yes, json: values.json === true };
    if (action === 'hold' && named !== undefined && more.length === 0) return setHold(context, named, asked, io);
    if (action === 'lift' && named !== undefined && more.length === 0) return liftHold(context, named, asked, io);
    if (action === 'move' && more.length === 0) {
      if (named === undefined) return listMoves(context, values.json === true, io);
      return moveClient(context, named, { yes, dryRun: values['dry-run'] === true, json: values.json === true }, io);
    }
    if (action === 'holds' && more.length === 0) return listHolds(context, named, asked.json, io);
    throw new Fault(
      'USAGE',
      'write `cordon tenants` and apply, disks, users, move [CLIENT], destroy CLIENT, hold CLIENT, lift HOLD or holds; see cordon tenants --help',
    );
  },
});

function placeOf(context: Context, at: string | undefined, action: string): Place {
  const tenant = at === undefined ? undefined : tenantNamed(context, at);
  const place = placesOf(context).find(({ secrets, tenants: theirs }) =>
    tenant === undefined ? secrets.holdsFirm : !secrets.holdsFirm && theirs.includes(tenant),
  );
  if (place) return place;
  throw new Fault(
    'USAGE',
    tenant === undefined
      ? `the embedded store writes its ${action} itself, at its start`
      : `${tenant} has no server of its own; see \`tenants:\` in ${context.config.file}`,
  );
}

async function apply(
  context: Context,
  { dryRun, json }: { dryRun: boolean; json: boolean },
  io: Io,
): Promise<ExitCode> {
  const difference = await differenceOf(context, io.signal);
  const { fresh, left, retention } = difference;
  const count = fresh.length + retention.length;
  if (!dryRun && count > 0) {
    // The embedded store takes databases, users and disks from its configuration, which is written at its start.
    await using _ = await storeOf(context, 'own', io.signal);
  }
  if (json) io.out.write(`${JSON.stringify({ applied: !dryRun, ...difference })}\n`);
  else {
    for (const tenant of fresh) {
      const users = tenantUsers(tenant, '').map(({ name }) => name);
      const kept = retentionText(retentionOf(context, tenant) ?? forEver);
      io.out.write(
        `+ ${tenant}: a database, users ${users.join(', ')}, an encrypted disk with a key of its own; kept ${kept}\n`,
      );
    }
    for (const { tenant, from, to, held } of retention)
      io.out.write(`~ ${tenant}: kept ${retentionText(from)} → ${retentionText(to)}${held ? ' (held)' : ''}\n`);
    for (const tenant of left)
      io.out.write(`! ${tenant}: not in the directory; its data stays until \`cordon tenants destroy ${tenant}\`\n`);
    io.err.write(
      dryRun
        ? `${count} changes; the next \`cordon start\`, or \`cordon tenants apply\` while nothing runs, makes them\n`
        : `${count} changes made\n`,
    );
  }
  return dryRun && count > 0 ? 1 : 0;
}

/** Asked of a store that was told of no new client, so that asking makes none. */
async function differenceOf(context: Context, signal: AbortSignal): Promise<Difference> {
  const { config, directory, log } = context;
  const here = context.tenants.filter((tenant) => config.tenants.get(tenant)?.store === undefined);
  if (!existsSync(join(config.data, 'keys', 'tenants'))) return { fresh: [...here].sort(), left: [], retention: [] };
  const asking = { tenants: [], log, signal, mode: 'attach', withSites: false } as const;
  await using store = await openStore({ config, dataDir: config.data, ...asking });
  const there = new Set(store.tenants);
  const known = [...new Set([...store.tenants, ...here])];
  const told = { entries: await keepingOf(config, store, signal), kept: await store.tables.kept(signal) };
  return {
    fresh: here.filter((tenant) => !there.has(tenant)).sort(),
    left: store.tenants.filter((tenant) => tenant !== unattributed && !directory.clients.has(tenant)),
    retention: retentionChanges(context, known, told).filter(({ tables }) => tables),
  };
}

async function end(
  context: Context,
  tenant: TenantId,
  { yes, json }: { yes: string | undefined; json: boolean },
  io: Io,
): Promise<ExitCode> {
  if (yes !== undefined && yes !== tenant)
    throw new Fault('USAGE', `you wrote \`destroy ${tenant}\` and \`--yes ${yes}\`: which of them?`);
  const doomed = await doomedOf(context, tenant, io.signal);
  const accesses = doomed.batches.reduce((sum, { count }) => sum + count, 0);
  const what = `${accesses} accesses in ${doomed.batches.length} batches, ${doomed.keyFiles} key files`;
  if (yes === undefined) {
    io.err.write(
      `Of ${tenant} there are ${what}. Destroyed, they cannot be read again, here or in any backup.\nTo mean it: cordon tenants destroy ${tenant} --yes ${tenant}\n`,
    );
    return 1;
  }
  const receipt = await destroy(context, tenant, doomed, io.signal);
  if (json) io.out.write(`${JSON.stringify(receipt)}\n`);
  else {
    io.out.write(`${receipt.block}signature: ${receipt.sig}\n`);
    io.err.write(`destroyed: ${what}${receipt.dead > 0 ? `, ${receipt.dead} refused batches` : ''}\n`);
    io.err.write(`the receipt is kept in ${receipt.file}\n`);
  }
  const keeper = keeperOf(context);
  if (keeper !== undefined)
    io.err.write(
      `Delete its key in ${keeper.replaceAll('{tenant}', tenant)} too: until then Kafka's copies can be opened.\n`,
    );
  return 0;
}
