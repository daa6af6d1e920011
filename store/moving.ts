/** A client on its way from one store to another: how far that is, kept in the data folder, so that a kill at any moment leaves no doubt which of both is whole. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../core/errors.ts';
import type { TenantId } from '../core/types.ts';
import { writeDurably } from '../core/write-whole.ts';
import type { ServerAddress } from './elsewhere.ts';

/**
 * `copying`: what the client is lies at `from`, and at `to` is a part of it. `verified`: all of it lies at `to`. `dropped`: and nothing
 * at `from`.
 */
export type MoveStep = 'copying' | 'verified' | 'dropped';

/** What there was when both places were found to be alike. */
export interface Moved {
  readonly batches: number;
  readonly accesses: number;
  /** Of each stream its last batch that is proven, and the SHA-256 of that batch's header block. */
  readonly streams: readonly { readonly collector: string; readonly last: number; readonly head: string }[];
  /** What an audit finds wrong with it, in both places alike. */
  readonly problems: number;
}

export interface Move {
  /** 32 hex digits: the move's name in the log. */
  readonly id: string;
  readonly tenant: TenantId;
  /** A server of the client's own; absent: the store of all clients. */
  readonly from?: ServerAddress | undefined;
  readonly to?: ServerAddress | undefined;
  /** ISO 8601. */
  readonly begun: string;
  readonly step: MoveStep;
  /** From `verified` on. */
  readonly moved?: Moved;
}

const folderOf = (dataDir: string): string => join(dataDir, 'moves');
const fileOf = (dataDir: string, tenant: TenantId): string => join(folderOf(dataDir), `${tenant}.json`);

export function moveOf(dataDir: string, tenant: TenantId): Move | undefined {
  const file = fileOf(dataDir, tenant);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Move) : undefined;
}

export const keepMove = (dataDir: string, move: Move): void =>
  writeDurably(fileOf(dataDir, move.tenant), `${JSON.stringify(move)}\n`);

export const forgetMove = (dataDir: string, tenant: TenantId): void => rmSync(fileOf(dataDir, tenant), { force: true });

/** Those who are on their way now, or were when somebody was killed. */
export function movingTenants(dataDir: string): TenantId[] {
  if (!existsSync(folderOf(dataDir))) return [];
  return readdirSync(folderOf(dataDir))
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length) as TenantId);
}

export const onItsWay = (tenant: TenantId): Fault =>
  new Fault(
    'STORE_REFUSED',
    `${tenant} is being moved from one store to another, and neither is to be asked before that is done; \`cordon tenants move ${tenant}\` finishes what was cut off`,
    { tenant },
  );

/** Throws STORE_REFUSED while a client is on its way. */
export function refuseMoving(dataDir: string, except: TenantId | undefined): void {
  const tenant = movingTenants(dataDir).find((one) => one !== except);
  if (tenant !== undefined) throw onItsWay(tenant);
}
