/**
 * Taking a line out of a bundle so that its place stays proven. What remains is the leaf hash: it is salted, and the salt
 * goes with the line, so nobody can try out what the line might have said. Its id goes too, since an id is a plain hash
 * of a record and could be tried out.
 */
import type { ProofLine, RedactedLine } from './verify-format.ts';

/** @param leaf hex */
export const redactedLine = (leaf: string): string => JSON.stringify({ redacted: leaf } satisfies RedactedLine);

export const redactedProof = ({ collector, seq, index, proof }: ProofLine, leaf: string): ProofLine => ({
  collector,
  seq,
  index,
  leaf,
  proof,
});
