/** The accesses of a bundle, line by line: each leads to a signed root, and each has exactly the records it was sealed with. */

import { fromHex, leafHash, rootFromProof, toHex } from '../core/merkle.ts';
import { recordsHash } from '../core/records.ts';
import { broken, linesOf, type OpenBag, type Problem } from './verify-bag.ts';
import { accessesMax, type BundleQuery, type ProofLine, payload } from './verify-format.ts';
import { isObject, objectOf, type Report } from './verify-report.ts';
import type { SignedBatch, Streams } from './verify-streams.ts';

/** A tree of more levels could not have been counted in a header. */
const proofHashesMax = 64;
const hashHex = /^[0-9a-f]{64}$/;
const saltHex = /^[0-9a-f]{32}$/;

export interface AccessCounts {
  accesses: number;
  records: number;
  redacted: number;
}

interface Walk {
  readonly streams: Streams;
  readonly query: BundleQuery | undefined;
  readonly counts: AccessCounts;
  /** Places of redacted lines, which no id keeps apart. */
  readonly redacted: Set<string>;
  /** `at` and `id` of the last shown access: the order allows no second of either. */
  last: string;
}

interface Line {
  readonly number: number;
  readonly access: Buffer;
  readonly records: Buffer;
  readonly proof: Buffer;
}

export async function checkAccesses(
  bag: OpenBag,
  streams: Streams,
  query: BundleQuery | undefined,
  report: Report,
): Promise<AccessCounts> {
  const walk: Walk = {
    streams,
    query,
    counts: { accesses: 0, records: 0, redacted: 0 },
    redacted: new Set(),
    last: '',
  };
  const files = [payload.accesses, payload.records, payload.proofs] as const;
  const readers = files.map((file) => linesOf(bag, file));
  try {
    for (let number = 1; ; number += 1) {
      if (number > accessesMax + 1) throw broken(`it holds more than ${accessesMax} accesses`);
      const next = await Promise.all(readers.map((reader) => reader.next()));
      const [access, records, proof] = next.map(({ value }) => value);
      if (!access || !records || !proof) {
        next.forEach(({ done }, index) => {
          if (done && (access || records || proof)) {
            report.add({ file: files[index] ?? '', what: `ends before line ${number}, while the others go on` });
          }
        });
        break;
      }
      const problem = lineProblem({ number, access, records, proof }, walk);
      if (problem) report.add(problem);
    }
  } finally {
    await Promise.allSettled(readers.map((reader) => reader.return(undefined)));
  }
  return walk.counts;
}

function lineProblem(line: Line, walk: Walk): Problem | undefined {
  const proof = readProof(line.proof);
  if (!proof) return { file: payload.proofs, where: `line ${line.number}`, what: 'is no proof' };
  const name = `${proof.collector}/${proof.seq}`;
  const batch = walk.streams.get(proof.collector)?.batches.get(proof.seq);
  if (!batch) {
    const what = `names batch ${name}, which is not in the chain or not signed`;
    return { file: payload.proofs, where: `line ${line.number}`, what };
  }
  return proof.salt === undefined
    ? redactedProblem(line, proof, batch, walk)
    : shownProblem(line, { ...proof, salt: proof.salt }, batch, walk);
}

function redactedProblem(
  line: Line,
  proof: ProofLine,
  batch: SignedBatch,
  { counts, redacted }: Walk,
): Problem | undefined {
  const where = `line ${line.number} (redacted)`;
  const mark = JSON.stringify({ redacted: proof.leaf });
  if (line.access.toString() !== mark)
    return { file: payload.accesses, where, what: `is not what is left of a redacted line` };
  if (line.records.toString() !== mark)
    return { file: payload.records, where, what: 'is not what is left of a redacted line' };
  const place = `${proof.seq}/${proof.index} ${proof.collector}`;
  if (redacted.has(place)) return { file: payload.proofs, where, what: `repeats the place ${place}` };
  if (!leads(fromHex(proof.leaf ?? ''), proof, batch)) return astray(where, proof);
  redacted.add(place);
  counts.redacted += 1;
  batch.shown += 1;
  return undefined;
}

function shownProblem(
  line: Line,
  proof: ProofLine & { readonly salt: string },
  batch: SignedBatch,
  walk: Walk,
): Problem | undefined {
  const access = objectOf(line.access);
  const id = String(access?.['id']);
  const where = `line ${line.number}${access ? ` (access ${id})` : ''}`;
  if (!leads(leafHash(Buffer.from(proof.salt, 'hex'), line.access), proof, batch)) return astray(where, proof);
  if (!access) return { file: payload.accesses, where, what: 'is no JSON object' };
  if (access['collector'] !== proof.collector || access['seq'] !== proof.seq || access['index'] !== proof.index) {
    return { file: payload.accesses, where, what: 'says it lies elsewhere than its proof says' };
  }
  const outside = rangeFault(access, walk.query);
  if (outside) return { file: payload.accesses, where, what: outside };
  const order = `${access['at']} ${id}`;
  if (order <= walk.last) return { file: payload.accesses, where, what: 'is out of order or repeated' };
  walk.last = order;

  const records = readRecords(line.records, id);
  if (!records) return { file: payload.records, where, what: `does not hold the records of access ${id}` };
  if (recordsHash(records) !== access['records_sha256']) {
    return { file: payload.records, where, what: 'its records are not those that the access was sealed with' };
  }
  walk.counts.accesses += 1;
  walk.counts.records += records.length;
  batch.shown += 1;
  return undefined;
}

function leads(leaf: string, { index, proof }: ProofLine, { count, root }: SignedBatch): boolean {
  return index < count && toHex(rootFromProof(leaf, index, count, proof.map(fromHex))) === root;
}

const astray = (where: string, { collector, seq, index }: ProofLine): Problem => ({
  file: payload.accesses,
  where,
  what: `the line, its salt and its proof do not lead to the root signed for batch ${collector}/${seq} at index ${index}`,
});

function rangeFault(access: Readonly<Record<string, unknown>>, query: BundleQuery | undefined): string | undefined {
  if (!query) return undefined;
  const at = String(access['at']);
  if (access['tenant'] !== query.tenant) return 'is of another client than was asked for';
  if (at < query.from || at >= query.until) return 'is outside the range that was asked for';
  if (query.actor !== undefined && access['actor'] !== query.actor) return 'is of another actor than was asked for';
  return undefined;
}

function readProof(line: Buffer): ProofLine | undefined {
  const fields = objectOf(line);
  if (!fields) return undefined;
  const { collector, seq, index, salt, leaf, proof } = fields;
  const isHash = (value: unknown): value is string => typeof value === 'string' && hashHex.test(value);
  if (typeof collector !== 'string' || !isCount(seq) || !isCount(index)) return undefined;
  if (!Array.isArray(proof) || proof.length > proofHashesMax || !proof.every(isHash)) return undefined;
  if (salt === undefined) return isHash(leaf) ? { collector, seq, index, leaf, proof } : undefined;
  if (typeof salt !== 'string' || !saltHex.test(salt) || leaf !== undefined) return undefined;
  return { collector, seq, index, salt, proof };
}

/** Below 2³¹, so that the arithmetic of the tree holds. */
const isCount = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) < 2 ** 31;

function readRecords(line: Buffer, id: string): Buffer[] | undefined {
  const fields = objectOf(line);
  const raw = fields?.['raw'];
  if (fields?.['id'] !== id || !Array.isArray(raw)) return undefined;
  const records: Buffer[] = [];
  for (const record of raw) {
    if (typeof record === 'string') records.push(Buffer.from(record, 'utf8'));
    else if (isObject(record) && typeof record['base64'] === 'string')
      records.push(Buffer.from(record['base64'], 'base64'));
    else return undefined;
  }
  return records;
}
