/**
 * A client brought from one store to another: copied, compared, audited at both ends, and only then removed where it lay. Each step is
 * written down before the next begins, so a move that was cut off anywhere is finished, or taken back, by the same command.
 */
import { createPublicKey, randomUUID } from 'node:crypto';
import { Fault } from '../core/errors.ts';
import { type Expiry, forEver } from '../core/retention.ts';
import { isoOf } from '../core/time.ts';
import type { TenantId } from '../core/types.ts';
import { auditTenant, type TenantAudit } from '../evidence/audit.ts';
import { vaultKey } from '../evidence/exporter-key.ts';
import { movesIn } from '../evidence/keeping.ts';
import { openWitness } from '../evidence/witness.ts';
import { AsyncDisposal } from '../store/disposal.ts';
import { addressOf, forgetElsewhere, rememberElsewhere } from '../store/elsewhere.ts';
import { openStore, type Store } from '../store/index.ts';
import { isEmpty, moveContent } from '../store/move-content.ts';
import { forgetMove, keepMove, type Move, type Moved } from '../store/moving.ts';
import { removeDisk } from '../store/tenant-keys.ts';
import { auditReaderOf } from './audit-reader.ts';
import type { Context } from './context.ts';
import { addKeeping, goneOf, keepingOf } from './keeping.ts';
import { openerOf } from './keyring.ts';
import { openEnd, type Plan, placeText } from './move-ends.ts';
import { endedOf } from './receipts.ts';
import { applyRetention } from './retention.ts';

/** In this order; told when each begins. */
export const moveSteps = ['fence', 'copy', 'check', 'remove', 'settle'] as const;
export type MoveStepName = (typeof moveSteps)[number];

export interface Told {
  readonly signal: AbortSignal;
  readonly onStep: (step: MoveStepName) => void;
  readonly onRows?: (rows: number, what: string) => void;
}

/** All that the store can hold. */
const always = { from: Date.UTC(1900, 0, 1), until: Date.UTC(2299, 11, 31) };

export function auditAt(
  { config, ...context }: Context,
  { store, tenant, gone }: { readonly store: Store; readonly tenant: TenantId; readonly gone: Expiry },
  { signal, onRows }: Pick<Told, 'signal' | 'onRows'>,
): Promise<TenantAudit> {
  const folder = config.checkpoints.folder;
  const reader = auditReaderOf({
    store,
    tenant,
    range: always,
    witness: folder === undefined ? undefined : openWitness(folder),
    dataDir: config.data,
    opener: openerOf({ config, ...context }),
    gone,
  });
  const key = createPublicKey(vaultKey(config.data));
  return auditTenant(reader, {
    tenant,
    whole: true,
    gone,
    ended: endedOf(config.data, tenant, key),
    vaultKey: key,
    signal,
    ...(onRows && { onProgress: onRows }),
  });
}

/** Both ends, held for as long as the move takes: nobody else lands, judges or moves with this data folder meanwhile. */
interface Ends {
  readonly firms: Store;
  readonly from: Store;
  readonly to: Store;
}

async function openEnds(context: Context, { tenant, from, to }: Plan, undo: AsyncDisposal, signal: AbortSignal) {
  const opened = async (place: Plan['from'], makes: boolean): Promise<Store> => {
    const store = await openEnd(context, { tenant, place }, { mode: 'own', makes }, signal);
    undo.add(() => store[Symbol.asyncDispose]());
    return store;
  };
  // The store of all clients is one of the ends, or has the firm's log all the same; it comes first, for its lock is the folder's.
  const firms = await opened(undefined, to === undefined);
  return { firms, from: from ? await opened(from, false) : firms, to: to ? await opened(to, true) : firms };
}

/** Throws as opening and auditing do, EVIDENCE_BROKEN when the two ends differ, USAGE when the other end is none. May be done again after any failure. */
export async function carryOut(context: Context, plan: Plan, told: Told): Promise<Moved> {
  const { config } = context;
  const { tenant, from } = plan;
  const { signal, onStep } = told;
  let move: Move = plan.begun ?? begunNow(plan);
  if (move.step !== 'dropped') {
    await using undo = new AsyncDisposal();
    const ends = await openEnds(context, plan, undo, signal);
    if (move.step === 'copying') {
      const moved = await copied(context, { plan, ends, move }, told);
      move = { ...move, step: 'verified', moved };
      keepMove(config.data, move);
    }
    onStep('remove');
    if (ends.from.tenants.includes(tenant)) await ends.from.tables.drop(tenant, signal);
    move = { ...move, step: 'dropped' };
    keepMove(config.data, move);
  }
  onStep('settle');
  // The server that had it is stopped, and does not know it when it starts again.
  if (from === undefined && config.store === 'embedded') removeDisk(config.data, tenant);
  return settled(context, plan, move, signal);
}

function begunNow({ tenant, from, to }: Plan): Move {
  const id = randomUUID().replaceAll('-', '');
  return { id, tenant, from: from && addressOf(from), to, begun: isoOf(Date.now()), step: 'copying' };
}

async function copied(
  context: Context,
  { plan, ends, move }: { readonly plan: Plan; readonly ends: Ends; readonly move: Move },
  told: Told,
): Promise<Moved> {
  const { config } = context;
  const { tenant, from, to } = plan;
  const { signal, onStep, onRows } = told;
  // Asked before anything is changed: a log of keeping that is not whole stops the move here.
  const gone = (await goneOf(config, ends.firms, signal))(tenant, Date.now());
  if (!ends.from.tenants.includes(tenant)) {
    forgetMove(config.data, tenant);
    throw new Fault(
      'NOT_FOUND',
      `nothing of ${tenant} is at ${placeText(from)} any more: another machine has moved it; do it again, and this one learns it`,
    );
  }
  await refuseAlike(plan, ends, signal);
  if (!plan.begun) {
    if (!(await isEmpty(ends.to, tenant, signal)))
      throw new Fault(
        'USAGE',
        `${placeText(to)} has data of ${tenant} already, and ${placeText(from)} has, too; nothing is moved over it`,
      );
    keepMove(config.data, move);
  }
  onStep('fence');
  // What is over goes when it has arrived; else the two ends would differ by what one of them has removed meanwhile.
  await ends.from.tables.keep(tenant, forEver, signal);
  await ends.from.tables.moving(tenant).fence(move.id, signal);
  onStep('copy');
  await ends.to.tables.moving(tenant).remake(signal);
  await moveContent({ from: ends.from, to: ends.to, tenant }, { signal, ...(onRows && { onRows }) });
  onStep('check');
  const before = await auditAt(context, { store: ends.from, tenant, gone }, told);
  const after = await auditAt(context, { store: ends.to, tenant, gone }, told);
  if (JSON.stringify(before) !== JSON.stringify(after))
    throw new Fault(
      'EVIDENCE_BROKEN',
      `${tenant} is not the same at ${placeText(from)} and at ${placeText(to)}: ${after.problems[0] ?? `${before.batches} batches and ${after.batches}`}; nothing was removed, do it again`,
      { tenant },
    );
  const { batches, accesses, streams, problems } = after;
  const heads = streams.flatMap(({ collector, proven }) =>
    proven ? [{ collector, last: proven.last, head: proven.head }] : [],
  );
  return { batches, accesses, streams: heads, problems: problems.length };
}

/** Two addresses of one server have one database: what is dropped at the one would be gone at the other. */
async function refuseAlike({ tenant, from, to }: Plan, ends: Ends, signal: AbortSignal): Promise<void> {
  const [one, other] = [ends.from, ends.to].map(({ tables }) => tables.moving(tenant).identity(signal));
  if ((await one) !== (await other)) return;
  throw new Fault(
    'USAGE',
    `${placeText(from)} and ${placeText(to)} are one server, or one cluster; nothing is to be moved. If only its name is new, remove elsewhere/${tenant} in the data folder`,
  );
}

/** As the configuration has it from now on; what was moved is written into the firm's log, once. */
async function settled(context: Context, { tenant, from, to }: Plan, move: Move, signal: AbortSignal): Promise<Moved> {
  const { config, log } = context;
  if (to) rememberElsewhere(config.data, [tenant], to);
  else forgetElsewhere(config.data, tenant);
  const opening = { dataDir: config.data, tenants: context.tenants, log, signal, mode: 'own' } as const;
  await using store = await openStore({ ...opening, config, moving: { tenant, makes: false } });
  if (!to) await store.tables.settle(tenant, signal);
  await applyRetention(context, store, signal);
  const { moved } = move;
  if (!moved) throw new Fault('EVIDENCE_BROKEN', `moves/${tenant}.json does not say what was moved`);
  const known = movesIn(await keepingOf(config, store, signal)).some((entry) => entry.move === move.id);
  const act = { op: 'move' as const, tenant, move: move.id, from: placeText(from), to: placeText(to), ...moved };
  if (!known) await addKeeping(config, store, [act], Date.now(), signal);
  forgetMove(config.data, tenant);
  return moved;
}

/** What was begun and not verified is undone: the client never left. */
export async function takeBack(context: Context, plan: Plan, signal: AbortSignal): Promise<void> {
  const { config } = context;
  const { tenant, to, begun } = plan;
  {
    await using undo = new AsyncDisposal();
    const ends = await openEnds(context, plan, undo, signal);
    const tables = ends.from.tables.moving(tenant);
    // Not closed by this move, so nothing was copied by it: what lies at the other end may be another machine's.
    const isThere = ends.from.tenants.includes(tenant);
    const by = isThere ? await tables.closedBy(signal) : undefined;
    if (by === undefined || by !== begun?.id) return forgetMove(config.data, tenant);
    await refuseAlike(plan, ends, signal);
    await ends.to.tables.drop(tenant, signal);
    await tables.unfence(signal);
  }
  if (to === undefined && config.store === 'embedded') removeDisk(config.data, tenant);
  forgetMove(config.data, tenant);
}
