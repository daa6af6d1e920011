/** `cordon tenants move`: asks twice, does it, and lists what was ever moved. */
import { Fault } from '../core/errors.ts';
import type { TenantId } from '../core/types.ts';
import { movesIn } from '../evidence/keeping.ts';
import { forgetElsewhere } from '../store/elsewhere.ts';
import { movingTenants } from '../store/moving.ts';
import type { ExitCode, Io } from './command.ts';
import { type Context, storeOf, tenantNamed } from './context.ts';
import { goneOf, keepingOf } from './keeping.ts';
import { auditAt, carryOut, type MoveStepName, takeBack } from './move.ts';
import { openEnd, type Plan, placeText, planOf } from './move-ends.ts';
import { progress } from './progress.ts';

const problemsShown = 5;

export interface MoveAsked {
  readonly dryRun: boolean;
  readonly yes: string | undefined;
  readonly json: boolean;
}

const stepTexts: Readonly<Record<MoveStepName, string>> = {
  fence: 'closing it to whoever else lands',
  copy: 'copying',
  check: 'auditing both',
  remove: 'removing it where it lay',
  settle: 'opening the store as it is now',
};

/** Exit 1: there is something to move, and it is not done yet. */
export async function moveClient(context: Context, name: string, asked: MoveAsked, io: Io): Promise<ExitCode> {
  const { yes, dryRun, json } = asked;
  const tenant = clientOf(context, name);
  if (yes !== undefined && yes !== name && yes !== tenant)
    throw new Fault('USAGE', `you wrote \`move ${name}\` and \`--yes ${yes}\`: which of them?`);
  const plan = planOf(context, tenant);
  if (!plan) return settledAlready(tenant, json, io);
  const { from, to, begun, back } = plan;
  const said = { tenant, from: placeText(from), to: placeText(to) };
  if (back) {
    if (yes === undefined || dryRun)
      return ask(`It was begun to be moved to ${said.to}; that is undone, and`, said, io);
    await takeBack(context, plan, io.signal);
    if (json) io.out.write(`${JSON.stringify({ ...said, moved: false, undone: true })}\n`);
    else io.out.write(`${tenant}: lies at ${said.from} as before; what had been copied to ${said.to} is gone\n`);
    return 0;
  }
  if (!begun) {
    const found = await foundAt(context, plan, io);
    if (found === undefined) return nothingThere(context, plan, asked, io);
    if (yes === undefined || dryRun) {
      if (json) io.out.write(`${JSON.stringify({ ...said, moved: false, ...found })}\n`);
      const { batches, accesses, problems } = found;
      for (const problem of problems.slice(0, problemsShown)) io.err.write(`${tenant} is BROKEN: ${problem}\n`);
      if (problems.length > 0) io.err.write('It is moved as it is; what is wrong with it moves along.\n');
      return ask(`${accesses} accesses in ${batches} batches of`, said, io);
    }
  } else if (yes === undefined || dryRun) return ask(`A move begun ${begun.begun} is ${begun.step};`, said, io);
  const bar = progress(io, { unit: 1, name: 'rows' });
  try {
    const moved = await carryOut(context, plan, {
      signal: io.signal,
      onStep: (step) => io.err.write(`${tenant}: ${stepTexts[step]}\n`),
      onRows: (rows, what) => bar.update(rows, rows, what),
    });
    if (json) io.out.write(`${JSON.stringify({ ...said, moved: true, ...moved })}\n`);
    else
      io.out.write(
        `${tenant}: ${moved.accesses} accesses in ${moved.batches} batches moved from ${said.from} to ${said.to}, and all else of it; found alike in both, and removed where it lay\n`,
      );
  } finally {
    bar.stop();
  }
  sayAfterwards(context, plan, io);
  return 0;
}

function clientOf(context: Context, name: string): TenantId {
  // One that has left the directory can still lie in two places.
  const tenant = tenantNamed(context, name);
  if (tenant.startsWith('_'))
    throw new Fault('USAGE', 'what belongs to no client stays in the store of all clients; name a client');
  return tenant;
}

/** What an audit finds where the client lies; `undefined`: it never was there. */
async function foundAt(context: Context, { tenant, from }: Plan, io: Io) {
  await using firms = await openEnd(context, { tenant, place: undefined }, { mode: 'attach', makes: false }, io.signal);
  await using site =
    from && (await openEnd(context, { tenant, place: from }, { mode: 'attach', makes: false }, io.signal));
  const store = site ?? firms;
  if (!store.tenants.includes(tenant)) return undefined;
  const gone = (await goneOf(context.config, firms, io.signal))(tenant, Date.now());
  const { batches, accesses, problems } = await auditAt(context, { store, tenant, gone }, { signal: io.signal });
  return { batches, accesses, problems };
}

function settledAlready(tenant: TenantId, json: boolean, io: Io): ExitCode {
  if (json) io.out.write(`${JSON.stringify({ tenant, moved: false })}\n`);
  else io.out.write(`${tenant}: lies where the configuration says; there is nothing to move\n`);
  return 0;
}

/** Moved by another machine that lands in the same stores: only what this one remembers is out of date. */
function nothingThere({ config }: Context, { tenant, from, to }: Plan, asked: MoveAsked, io: Io): ExitCode {
  if (from === undefined) return settledAlready(tenant, asked.json, io);
  if (asked.yes === undefined || asked.dryRun) {
    io.err.write(
      `Nothing of ${tenant} is at ${placeText(from)} any more; this machine only has to learn it.\nTo mean it: cordon tenants move ${tenant} --yes ${tenant}\n`,
    );
    return 1;
  }
  forgetElsewhere(config.data, tenant);
  if (asked.json)
    io.out.write(`${JSON.stringify({ tenant, from: placeText(from), to: placeText(to), moved: false })}\n`);
  else io.out.write(`${tenant}: nothing of it was at ${placeText(from)}; that it lay there is forgotten\n`);
  return 0;
}

function ask(what: string, { tenant, from, to }: { tenant: TenantId; from: string; to: string }, io: Io): ExitCode {
  io.err.write(
    `${what} ${tenant}: from ${from} to ${to}.\nNobody is to land for it meanwhile; stop \`cordon start\` wherever it runs.\nTo mean it: cordon tenants move ${tenant} --yes ${tenant}\n`,
  );
  return 1;
}

function sayAfterwards({ config }: Context, { tenant, from, to }: Plan, io: Io): void {
  if (from !== undefined || config.store !== 'embedded')
    io.err.write(
      `${placeText(from)} still knows the users and the disk key of ${tenant}: \`cordon tenants apply\` names the users, and the file of \`cordon tenants disks\` is to be written again.\n`,
    );
  if (to === undefined) io.err.write('Other machines that land learn of it by the same command.\n');
}

/** What the firm's log has of moves, and who is on the way. */
export async function listMoves(context: Context, json: boolean, io: Io): Promise<ExitCode> {
  const underWay = movingTenants(context.config.data);
  for (const tenant of underWay)
    io.err.write(`${tenant} is on its way; \`cordon tenants move ${tenant}\` finishes it\n`);
  if (underWay.length > 0) return 1;
  await using store = await storeOf(context, 'attach', io.signal);
  for (const entry of movesIn(await keepingOf(context.config, store, io.signal))) {
    const { at, by, tenant, from, to, accesses, batches, problems } = entry;
    const broken = problems > 0 ? `; an audit had ${problems} things to say against it, before and after` : '';
    io.out.write(
      json
        ? `${JSON.stringify(entry)}\n`
        : `${at} ${tenant}: from ${from} to ${to}, ${accesses} accesses in ${batches} batches, by ${by}${broken}\n`,
    );
  }
  return 0;
}
