/** A client's checkpoints: signed, chained, the same at their witness, and every stream still there as far as they say. */
import type { KeyObject } from 'node:crypto';
import { isFault } from '../core/errors.ts';
import { isoOf } from '../core/time.ts';
import { checkpointFault, checkpointHash, type Head, readCheckpoint, type SignedCheckpoint } from './checkpoint.ts';
import type { Ended } from './receipt.ts';

/** Headers asked for at once. */
const headsAtOnce = 2_000;

export interface CheckpointReader {
  /** In order of their numbers: those of the range, and the last there is. */
  checkpoints(signal: AbortSignal): AsyncIterable<SignedCheckpoint>;
  /** The same as kept elsewhere; `undefined` when nobody keeps them. */
  witnessed(): readonly SignedCheckpoint[] | undefined;
  /** Hash of the header block of each of these batches that is stored, by `collector seq`. */
  headerHashes(
    batches: readonly { readonly collector: string; readonly seq: number }[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, string>>;
}

export interface CheckpointVerdict {
  readonly count: number;
  /** Of the last one; ISO 8601. */
  readonly last: string | undefined;
  /** How many the witness confirms; `undefined` without a witness. */
  readonly witnessed: number | undefined;
  readonly problems: readonly string[];
}

interface Options {
  readonly tenant: string;
  /** Batches that landed before may be gone; ms, `-Infinity`: none may. */
  readonly expiredBefore: number;
  readonly vaultKey: KeyObject;
  readonly ended: Ended;
  /** The number of the first stored batch, by collector. */
  readonly begins: ReadonlyMap<string, number>;
  /** A part only: its first checkpoint may follow one that is not looked at. */
  readonly whole: boolean;
  readonly signal: AbortSignal;
}

export async function auditCheckpoints(reader: CheckpointReader, options: Options): Promise<CheckpointVerdict> {
  const problems: string[] = [];
  const heads = new Heads();
  const stored = new Map<number, string>();
  let last: string | undefined;
  let landed: Map<string, number> | undefined;
  try {
    const chain = new Chain('', options);
    for await (const signed of reader.checkpoints(options.signal)) {
      const { number, at, heads: here } = chain.next(signed, problems);
      stored.set(number, signed.block);
      heads.add(here, number, problems);
      last = at;
      // What had landed by the first checkpoint behind that moment is all that may be gone.
      if (!landed && Date.parse(at) >= options.expiredBefore)
        landed = new Map(here.map((head) => [head.collector, head.next]));
    }
  } catch (error) {
    if (!isFault(error, 'EVIDENCE_BROKEN')) throw error;
    problems.push(error.message);
  }
  const witnessed = compareWithWitness(reader, stored, heads, problems, options);
  await checkHeads(reader, heads, problems, options);
  if (landed && options.whole) problems.push(...goneEarly(heads, landed, options));
  return { count: stored.size, last, witnessed, problems };
}

/** Says only the first thing that is wrong with a chain: all that follows is wrong with it. */
class Chain {
  readonly #where: string;
  readonly #options: Options;
  #previous: SignedCheckpoint | undefined;
  #broken = false;

  constructor(where: string, options: Options) {
    this.#where = where;
    this.#options = options;
  }

  next(signed: SignedCheckpoint, problems: string[]) {
    const read = readCheckpoint(signed.block);
    const { tenant, vaultKey, whole, ended } = this.#options;
    const isNewStart = ended.checkpoints.get(read.number - 1) === read.prev;
    // Of a part, the last one stands alone behind a gap.
    const gap = !whole && this.#previous && readCheckpoint(this.#previous.block).number + 1 < read.number;
    const fault =
      read.tenant !== tenant
        ? `checkpoint ${read.number} is of another client`
        : whole && !this.#previous && read.number > 0 && !isNewStart
          ? `checkpoint 0 to ${read.number - 1} are missing: the chain begins with ${read.number}`
          : checkpointFault(gap ? undefined : this.#previous, signed, vaultKey, isNewStart);
    if (fault !== undefined && !this.#broken) problems.push(`${this.#where}${fault}`);
    this.#broken ||= fault !== undefined;
    this.#previous = signed;
    return read;
  }
}

/** Each distinct place that a checkpoint named: one batch of a stream and its hash. */
class Heads {
  readonly #byPlace = new Map<string, Head & { readonly number: number }>();

  add(heads: readonly Head[], number: number, problems: string[]): void {
    for (const head of heads) {
      const place = `${head.collector} ${head.next - 1}`;
      const known = this.#byPlace.get(place);
      if (!known) this.#byPlace.set(place, { ...head, number });
      else if (known.hash !== head.hash)
        problems.push(
          `${head.collector}: batch ${head.next - 1} was another when checkpoint ${number} was made than at checkpoint ${known.number}`,
        );
    }
  }

  get all(): (Head & { readonly number: number })[] {
    return [...this.#byPlace.values()];
  }
}

function compareWithWitness(
  reader: CheckpointReader,
  stored: ReadonlyMap<number, string>,
  heads: Heads,
  problems: string[],
  options: Options,
): number | undefined {
  let kept: readonly SignedCheckpoint[] | undefined;
  try {
    kept = reader.witnessed();
  } catch (error) {
    // A folder that is not mounted says nothing of the evidence: that is for whoever asked.
    if (!isFault(error, 'EVIDENCE_BROKEN')) throw error;
    problems.push(`witness: ${error.message}`);
  }
  if (kept === undefined) return undefined;
  const chain = new Chain('witness: ', options);
  let gone: number[] = [];
  let same = 0;
  let differs: number | undefined;
  let last = -1;
  for (const signed of kept) {
    const { number, heads: here } = chain.next(signed, problems);
    heads.add(here, number, problems);
    const ours = stored.get(number);
    if (ours === undefined) gone.push(number);
    else if (ours === signed.block) same += 1;
    else differs ??= number;
    last = Math.max(last, number);
    // The one a receipt names, and all that it follows.
    if (options.ended.checkpoints.get(number) === checkpointHash(signed.block)) gone = [];
  }
  if (differs !== undefined) problems.push(`checkpoint ${differs} is another than the one its witness has`);
  if (gone.length > 0)
    problems.push(
      `checkpoint ${gone[0]}${gone.length > 1 ? ` to ${gone.at(-1)}` : ''}: with the witness, and not in the store`,
    );
  const numbers = new Set(kept.map(({ block }) => readCheckpoint(block).number));
  const lacking = [...stored.keys()].filter((number) => number < last && !numbers.has(number));
  if (lacking.length > 0)
    problems.push(
      `witness: checkpoint ${lacking[0]}${lacking.length > 1 ? ` and ${lacking.length - 1} more` : ''} is not there`,
    );
  return same;
}

/** A stream that lost more of its beginning than its age explains. */
function goneEarly(
  heads: Heads,
  landed: ReadonlyMap<string, number>,
  { begins, expiredBefore, ended }: Options,
): string[] {
  if (!Number.isFinite(expiredBefore)) return [];
  const ends = new Map<string, number>();
  for (const { collector, next } of heads.all) ends.set(collector, Math.max(ends.get(collector) ?? 0, next));
  return [...ends].flatMap(([collector, end]) => {
    const begin = begins.get(collector) ?? end;
    let old = landed.get(collector) ?? 0;
    while (ended.batches.has(`${collector} ${old}`)) old += 1;
    if (begin <= old) return [];
    const which = `batch ${old}${begin - 1 > old ? ` to ${begin - 1}` : ''}`;
    return [
      `${collector}: ${which} is gone before its time: retention removes what landed before ${isoOf(expiredBefore)}`,
    ];
  });
}

async function checkHeads(reader: CheckpointReader, heads: Heads, problems: string[], options: Options): Promise<void> {
  const { begins, expiredBefore, ended, signal } = options;
  const expires = Number.isFinite(expiredBefore);
  const all = heads.all.filter(
    ({ collector, next, hash }) =>
      (!expires || next - 1 >= (begins.get(collector) ?? Infinity)) &&
      ended.batches.get(`${collector} ${next - 1}`) !== hash,
  );
  const firstGone = new Map<string, Head & { readonly number: number; readonly found: string | undefined }>();
  for (let i = 0; i < all.length; i += headsAtOnce) {
    const part = all.slice(i, i + headsAtOnce);
    const found = await reader.headerHashes(
      part.map(({ collector, next }) => ({ collector, seq: next - 1 })),
      signal,
    );
    for (const head of part) {
      const hash = found.get(`${head.collector} ${head.next - 1}`);
      const before = firstGone.get(head.collector);
      if (hash !== head.hash && (!before || head.next < before.next))
        firstGone.set(head.collector, { ...head, found: hash });
    }
  }
  for (const [collector, { next, number, found }] of firstGone) {
    problems.push(
      found === undefined
        ? `${collector}: batch ${next - 1} was there at checkpoint ${number} and is gone`
        : `${collector}: batch ${next - 1} is not the one that checkpoint ${number} names`,
    );
  }
}
