/**
 * A client's checkpoint: where each of its streams stood at a moment, chained to the checkpoint before and signed by the
 * vault. A copy kept where the vault cannot rewrite it shows later that nothing was cut off. docs/vault.md has the format.
 */
import { hash, type KeyObject, sign as signBytes, verify as verifyBytes } from 'node:crypto';
import { Fault } from '../core/errors.ts';

/** One stream at that moment. */
export interface Head {
  readonly collector: string;
  /** The number its next batch will have. */
  readonly next: number;
  /** SHA-256 of its last header block, hex. */
  readonly hash: string;
  /** How many of its batches are stored; less than `next` when one never landed. */
  readonly batches: number;
}

export interface Checkpoint {
  readonly tenant: string;
  /** From 0, without gap, per tenant. */
  readonly number: number;
  /** ISO 8601, UTC, ms. */
  readonly at: string;
  /** SHA-256 of the block of the checkpoint before, hex; 64 zeros for number 0. */
  readonly prev: string;
  /** By collector. Empty while nothing has landed. */
  readonly heads: readonly Head[];
}

/** As it is stored and written away: the text that was signed, and the signature (Ed25519, base64). */
export interface SignedCheckpoint {
  readonly block: string;
  readonly sig: string;
}

export const firstCheckpointPrev = '0'.repeat(64);
const headsMax = 100_000;

/** `name: value` lines in a fixed order, each ended by `\n`: what is hashed and signed. */
function checkpointBlock({ tenant, number, at, prev, heads }: Checkpoint): string {
  const lines = heads.map((head) => `head: ${head.collector} ${head.next} ${head.hash} ${head.batches}\n`);
  return `v: 1\ntenant: ${tenant}\nnumber: ${number}\nat: ${at}\nprev: ${prev}\n${lines.join('')}`;
}

/** What the next checkpoint carries as `prev`. Hex. */
export const checkpointHash = (block: string): string => hash('sha256', block, 'hex');

export function signCheckpoint(checkpoint: Checkpoint, key: KeyObject): SignedCheckpoint {
  const block = checkpointBlock(checkpoint);
  return { block, sig: signBytes(null, Buffer.from(block, 'latin1'), key).toString('base64') };
}

export function checkpointSignatureHolds({ block, sig }: SignedCheckpoint, key: KeyObject): boolean {
  try {
    return verifyBytes(null, Buffer.from(block, 'latin1'), key, Buffer.from(sig, 'base64'));
  } catch {
    // A key of another kind than Ed25519.
    return false;
  }
}

const form = /^v: 1\ntenant: (\S+)\nnumber: (\d{1,15})\nat: (\S+)\nprev: ([0-9a-f]{64})\n((?:head: .*\n)*)$/;
const headForm = /^head: (\S+) (\d{1,15}) ([0-9a-f]{64}) (\d{1,15})$/;

/** Throws EVIDENCE_BROKEN for a text that is not written as checkpoints are. */
export function readCheckpoint(block: string): Checkpoint {
  const [, tenant = '', number = '', at = '', prev = '', list = ''] = form.exec(block) ?? [];
  const heads = list
    .split('\n')
    .slice(0, -1)
    .map((line): Head => {
      const [, collector = '', next = '', head = '', batches = ''] = headForm.exec(line) ?? [];
      return { collector, next: Number(next), hash: head, batches: Number(batches) };
    });
  const read: Checkpoint = { tenant, number: Number(number), at, prev, heads };
  if (heads.length > headsMax || checkpointBlock(read) !== block)
    throw new Fault('EVIDENCE_BROKEN', 'a checkpoint is not written as checkpoints are');
  return read;
}

/** Why this checkpoint does not follow the one before it, in words; `undefined` when it does. `isNewStart`: what the one before names was destroyed. */
export function checkpointFault(
  previous: SignedCheckpoint | undefined,
  signed: SignedCheckpoint,
  key: KeyObject,
  isNewStart = false,
): string | undefined {
  const here = readCheckpoint(signed.block);
  if (!checkpointSignatureHolds(signed, key)) return `checkpoint ${here.number} is not signed by the vault's key`;
  if (!previous) return undefined;
  const before = readCheckpoint(previous.block);
  if (here.tenant !== before.tenant) return `checkpoint ${here.number} belongs to another client`;
  const due = before.number + 1;
  if (here.number > due)
    return `checkpoint ${due}${here.number > due + 1 ? ` to ${here.number - 1}` : ''} is missing before checkpoint ${here.number}`;
  if (here.number < due) return `checkpoint ${here.number} comes after checkpoint ${before.number}`;
  if (here.prev !== checkpointHash(previous.block))
    return `checkpoint ${here.number} does not follow the one before it: \`prev\` is not its hash`;
  return isNewStart ? undefined : headsFault(before, here);
}

/** A stream only grows: a head that went back, or went away, was cut. */
function headsFault(before: Checkpoint, here: Checkpoint): string | undefined {
  const now = new Map(here.heads.map((head) => [head.collector, head]));
  for (const { collector, next } of before.heads) {
    const later = now.get(collector);
    if (!later) return `checkpoint ${here.number} no longer has the stream of ${collector}`;
    if (later.next < next)
      return `checkpoint ${here.number} has the stream of ${collector} end at batch ${later.next - 1}, the one before at ${next - 1}`;
  }
  return undefined;
}
