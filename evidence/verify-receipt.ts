/** Checks the receipt of a client whose data was destroyed, without Cordon's store: docs/formats.md has the format. */
import { type KeyObject, verify as verifyBytes } from 'node:crypto';
import { fingerprintOf } from './verify-format.ts';

export interface ReceiptVerdict {
  readonly holds: boolean;
  /** Why it does not. */
  readonly problem?: string;
  readonly tenant: string;
  /** ISO 8601. */
  readonly at: string;
  readonly by: string;
  readonly accesses: number;
  readonly batches: number;
  /** SHA-256 of the key it was held against, hex. */
  readonly key: string;
}

export interface SignedReceipt {
  readonly block: string;
  readonly sig: string;
}

const form =
  /^v: 1\nreceipt: destroyed\ntenant: (\S+)\nat: (\S+)\nby: (.*)\nkeys: \d+\naccesses: (\d+)\ncheckpoint: (?:none|\d+ [0-9a-f]{64})\n((?:batch: \S+ \d+ \d+ [0-9a-f]{64}\n)*)$/;

/** `undefined`: this text is no receipt. */
export function receiptIn(text: string): SignedReceipt | undefined {
  try {
    const { block, sig } = JSON.parse(text) as Partial<SignedReceipt>;
    const isReceipt = typeof block === 'string' && typeof sig === 'string' && block.startsWith('v: 1\nreceipt: ');
    return isReceipt ? { block, sig } : undefined;
  } catch {
    return undefined;
  }
}

/** `key`: the vault's public key, as it was given by another way than the receipt. */
export function verifyReceipt({ block, sig }: SignedReceipt, key: KeyObject): ReceiptVerdict {
  const [, tenant = '', at = '', by = '', accesses = '0', list = ''] = form.exec(block) ?? [];
  const counts = list
    .split('\n')
    .slice(0, -1)
    .map((line) => Number(line.split(' ')[3]));
  const said = { tenant, at, by, accesses: Number(accesses), batches: counts.length, key: fingerprintOf(key) };
  const problem = signed(block, sig, key)
    ? tenant === ''
      ? 'it is not written as receipts are'
      : counts.reduce((sum, count) => sum + count, 0) === said.accesses
        ? undefined
        : 'its batches do not hold as many accesses as it says'
    : 'it is not signed with this key, or was changed';
  return problem === undefined ? { holds: true, ...said } : { holds: false, problem, ...said };
}

function signed(block: string, sig: string, key: KeyObject): boolean {
  try {
    return verifyBytes(null, Buffer.from(block, 'utf8'), key, Buffer.from(sig, 'base64'));
  } catch {
    return false;
  }
}
