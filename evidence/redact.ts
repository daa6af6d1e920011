/**
 * Taking a line out of a bundle so that its place stays proven. What remains is the leaf hash: it is salted, and the salt
 * goes with the line, so nobody can try out what the line might have said. Its id goes too, since an id is a plain hash
 * of a record and could be tried out.
 */
import { createPublicKey, hash, type KeyObject } from 'node:crypto';
import { Fault } from '../core/errors.ts';
import { leafHash, toHex } from '../core/merkle.ts';
import { type Bag, makeBag } from './bag.ts';
import { verifyBundle } from './verify.ts';
import { linesOf, type OpenBag, openBag, smallFile } from './verify-bag.ts';
import {
  type CustodyAct,
  chainFolder,
  fingerprintOf,
  keyFolder,
  type ProofLine,
  payload,
  type RedactedLine,
  tags,
} from './verify-format.ts';
import { objectOf } from './verify-report.ts';

/** @param leaf hex */
export const redactedLine = (leaf: string): string => JSON.stringify({ redacted: leaf } satisfies RedactedLine);

export const redactedProof = ({ collector, seq, index, proof }: ProofLine, leaf: string): ProofLine => ({
  collector,
  seq,
  index,
  leaf,
  proof,
});

export interface Redaction {
  /** The bundle to read, zip or folder, and the zip to write. */
  readonly bundle: string;
  readonly out: string;
  readonly ids: ReadonlySet<string>;
  /** Who redacts signs: an Ed25519 private key. */
  readonly key: KeyObject;
  readonly by: string;
  readonly tool: string;
  /** ISO 8601, UTC, milliseconds. */
  readonly at: string;
  readonly signal: AbortSignal;
}

/**
 * A copy of a bundle without some of its lines; the copy's custody names the manifest of the original.
 * Throws EVIDENCE_BROKEN for a bundle that does not hold, NOT_FOUND when it has none of the ids.
 * @returns how many lines were taken out
 */
export async function redactBundle(order: Redaction): Promise<number> {
  const { bundle, out, ids, key, signal } = order;
  const { holds, query, custody } = await verifyBundle(bundle, {}, signal);
  if (!holds || !query) throw new Fault('EVIDENCE_BROKEN', `${bundle} does not hold; see cordon verify ${bundle}`);
  const source = await openBag(bundle, signal);
  try {
    return await makeBag(out, async (bag, pack) => {
      for (const name of [...source.files.keys()].sort()) {
        if (name.startsWith(chainFolder)) await copyLines(source, bag, name);
        else if (name.startsWith(keyFolder) || name === payload.gaps || name === payload.readme) {
          await bag.file(name, await smallFile(source, name));
        }
      }
      const lines = await redactLines(source, bag, ids);
      if (lines === 0) throw new Fault('NOT_FOUND', `${bundle} shows none of the accesses that were to be taken out`);
      const was = hash('sha256', await smallFile(source, tags.manifest), 'hex');
      const { at, by, tool } = order;
      const act: CustodyAct = { act: 'redacted', at, by, tool, key: fingerprintOf(createPublicKey(key)), was, lines };
      await bag.seal([...custody, act], key);
      await pack(query);
      return lines;
    });
  } finally {
    source.close();
  }
}

async function copyLines(source: OpenBag, bag: Bag, name: string): Promise<void> {
  const part = await bag.part(name);
  for await (const line of linesOf(source, name)) await part.line(line);
  await part.close();
}

/** The bundle was verified before, so the three files have the same lines and each proof is one. */
async function redactLines(source: OpenBag, bag: Bag, ids: ReadonlySet<string>): Promise<number> {
  const records = linesOf(source, payload.records);
  const proofs = linesOf(source, payload.proofs);
  const parts = [await bag.part(payload.accesses), await bag.part(payload.records), await bag.part(payload.proofs)];
  let redacted = 0;
  for await (const access of linesOf(source, payload.accesses)) {
    const record = (await records.next()).value ?? Buffer.of();
    const proofLine = (await proofs.next()).value ?? Buffer.of();
    let lines: (string | Buffer)[] = [access, record, proofLine];
    if (ids.has(String(objectOf(access)?.['id']))) {
      const proof = objectOf(proofLine) as unknown as ProofLine;
      const leaf = toHex(leafHash(Buffer.from(proof.salt ?? '', 'hex'), access));
      lines = [redactedLine(leaf), redactedLine(leaf), JSON.stringify(redactedProof(proof, leaf))];
      redacted += 1;
    }
    for (const [index, line] of lines.entries()) await parts[index]?.line(line);
  }
  for (const part of parts) await part.close();
  return redacted;
}
