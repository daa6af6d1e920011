/** What is left of a client whose data was destroyed: a signed list of the batches that can never be read again. */
import { type KeyObject, sign as signBytes } from 'node:crypto';
import type { SignedCheckpoint } from './checkpoint.ts';
import { type SignedReceipt, verifyReceipt } from './verify-receipt.ts';

export interface Destroyed {
  readonly tenant: string;
  /** ISO 8601. */
  readonly at: string;
  /** `user@host` of whoever did it. */
  readonly by: string;
  /** How many key files were destroyed. */
  readonly keys: number;
  /** The last checkpoint there was: its number and hash. */
  readonly checkpoint: { readonly number: number; readonly hash: string } | undefined;
  /** By the SHA-256 of the header block, hex: that names a batch, its accesses and their records for good. */
  readonly batches: readonly {
    readonly collector: string;
    readonly seq: number;
    readonly count: number;
    readonly hash: string;
  }[];
}

/** `name: value` lines in a fixed order, each ended by `\n`: what is signed. */
function receiptBlock({ tenant, at, by, keys, checkpoint, batches }: Destroyed): string {
  const last = checkpoint === undefined ? 'none' : `${checkpoint.number} ${checkpoint.hash}`;
  const accesses = batches.reduce((sum, { count }) => sum + count, 0);
  const lines = batches.map(({ collector, seq, count, hash }) => `batch: ${collector} ${seq} ${count} ${hash}\n`);
  return `v: 1\nreceipt: destroyed\ntenant: ${tenant}\nat: ${at}\nby: ${by}\nkeys: ${keys}\naccesses: ${accesses}\ncheckpoint: ${last}\n${lines.join('')}`;
}

/** Ed25519 with the vault's key. */
export function signReceipt(destroyed: Destroyed, key: KeyObject): SignedCheckpoint {
  const block = receiptBlock(destroyed);
  return { block, sig: signBytes(null, Buffer.from(block, 'utf8'), key).toString('base64') };
}

/** What was destroyed of a client that came back later: its streams go on behind these batches, its checkpoints behind these. */
export interface Ended {
  /** ISO 8601, of the last time. */
  readonly at: string | undefined;
  /** Hash of the header block, by `collector seq`. */
  readonly batches: ReadonlyMap<string, string>;
  /** Hash of the last checkpoint of each time, by its number. */
  readonly checkpoints: ReadonlyMap<number, string>;
}

/** Receipts that do not hold under the vault's key, and those of other clients, say nothing. */
export function endedBy(receipts: readonly SignedReceipt[], tenant: string, vaultKey: KeyObject): Ended {
  const batches = new Map<string, string>();
  const checkpoints = new Map<number, string>();
  let at: string | undefined;
  for (const receipt of receipts) {
    const verdict = verifyReceipt(receipt, vaultKey);
    if (!verdict.holds || verdict.tenant !== tenant) continue;
    if (at === undefined || verdict.at > at) at = verdict.at;
    for (const [, collector, seq, hash = ''] of receipt.block.matchAll(/^batch: (\S+) (\d+) \d+ (\S+)$/gm))
      batches.set(`${collector} ${seq}`, hash);
    const [, number, hash] = /^checkpoint: (\d+) (\S+)$/m.exec(receipt.block) ?? [];
    if (number !== undefined && hash !== undefined) checkpoints.set(Number(number), hash);
  }
  return { at, batches, checkpoints };
}
