/** The streams of a bundle: every header block's signature, and that each names the one before it. */
import type { KeyObject } from 'node:crypto';
import type { BatchHeader } from '../core/types.ts';
import { broken, linesOf, type OpenBag, smallFile } from './verify-bag.ts';
import { linkFault, readBlock, type SignedHeader, signerOf } from './verify-chain.ts';
import {
  type BundleQuery,
  chainFile,
  chainFolder,
  fingerprintOf,
  type Gap,
  headersMax,
  keyFile,
  payload,
  type StreamRun,
} from './verify-format.ts';
import { collectorKeys } from './verify-manifest.ts';
import { isObject, objectOf, type Report } from './verify-report.ts';

/** What a signed header says of a batch, and what the bundle shows of it. */
export interface SignedBatch {
  readonly root: string;
  readonly count: number;
  /** All of its accesses lie in the range asked for. */
  readonly inside: boolean;
  shown: number;
}

export interface Stream extends StreamRun {
  /** Fingerprints of the collector's keys that signed what is shown. */
  readonly keys: readonly string[];
  /** The checker was handed the keys by other means. */
  readonly given: boolean;
  readonly batches: ReadonlyMap<number, SignedBatch>;
}

export type Streams = ReadonlyMap<string, Stream>;

interface Asked {
  readonly query: BundleQuery | undefined;
  readonly keys: ReadonlyMap<string, readonly KeyObject[]>;
  readonly report: Report;
}

export async function checkStreams(bag: OpenBag, asked: Asked): Promise<Streams> {
  const streams = new Map<string, Stream>();
  let headersLeft = headersMax;
  for (const file of [...bag.files.keys()].filter((name) => name.startsWith(chainFolder)).sort()) {
    await asked.report.guard(file, async () => {
      const stream = await checkStream(bag, file, headersLeft, asked);
      if (!stream) return;
      headersLeft -= stream.batches.size;
      streams.set(stream.collector, stream);
    });
  }
  for (const collector of asked.keys.keys()) {
    if (!streams.has(collector))
      asked.report.add({ file: chainFile(collector), what: 'you gave a key for it, and it is not there' });
  }
  return streams;
}

async function checkStream(bag: OpenBag, file: string, headersLeft: number, asked: Asked): Promise<Stream | undefined> {
  const { query, keys: known, report } = asked;
  const batches = new Map<number, SignedBatch>();
  const signers = new Set<KeyObject>();
  let keys: readonly KeyObject[] | undefined;
  let first: BatchHeader | undefined;
  let previous: BatchHeader | undefined;
  for await (const line of linesOf(bag, file)) {
    const signed = readChainLine(line, batches.size + 1);
    const { header } = signed;
    if (!first || !keys) {
      if (chainFile(header.collector) !== file) throw broken(`it holds the stream of ${header.collector}`);
      if (query && header.tenant !== query.tenant) throw broken('it holds a stream of another client');
      keys = known.get(header.collector) ?? (await bundleKeys(bag, header.collector, report));
      if (!keys) return undefined;
      first = header;
    }
    const signer = signerOf(signed, keys);
    if (signer) signers.add(signer);
    const fault = linkFault(previous, signed, signer);
    if (fault !== undefined) report.add({ file, where: `batch ${header.seq}`, what: fault });
    // Where only the link is broken the batch's own content may still be checked.
    if (fault === undefined || (previous && linkFault(undefined, signed, signer) === undefined)) {
      batches.set(header.seq, signedBatch(header, query));
    }
    if (batches.size > headersLeft) throw broken(`it holds more than ${headersMax} batches`);
    previous = header;
  }
  if (!first || !previous) return undefined;
  const { collector, seq, prev } = first;
  const used = [...signers].map(fingerprintOf);
  return { collector, first: seq, last: previous.seq, prev, keys: used, given: known.has(collector), batches };
}

const signedBatch = ({ root, count, from, until }: BatchHeader, query: BundleQuery | undefined): SignedBatch => ({
  root,
  count,
  inside: query !== undefined && from >= query.from && until < query.until,
  shown: 0,
});

function readChainLine(line: Buffer, number: number): SignedHeader {
  const entry = objectOf(line);
  const block = entry?.['block'];
  const sig = entry?.['sig'];
  if (typeof block !== 'string' || typeof sig !== 'string') throw broken(`line ${number} is no header block`);
  return readBlock(block, sig);
}

const bundleKeys = (bag: OpenBag, collector: string, report: Report): Promise<readonly KeyObject[] | undefined> =>
  report.guard(keyFile(collector), async () => collectorKeys(await smallFile(bag, keyFile(collector))));

/** `gaps.json`: its streams must be those that the chain shows; its gaps are handed on. */
export async function checkGaps(bag: OpenBag, streams: Streams, report: Report): Promise<readonly Gap[]> {
  const content = objectOf(await smallFile(bag, payload.gaps));
  const gaps = content?.['gaps'];
  const said = content?.['streams'];
  if (!Array.isArray(gaps) || !Array.isArray(said) || ![...gaps, ...said].every(isObject)) {
    throw broken('is not a list of streams and gaps');
  }
  const shown = [...streams.values()].map(({ collector, first, last, prev }) => ({ collector, first, last, prev }));
  const sorted = (runs: readonly unknown[]) => JSON.stringify(runs.map((run) => JSON.stringify(run)).sort());
  if (sorted(said) !== sorted(shown)) {
    report.add({ file: payload.gaps, what: 'the streams it names are not those that the chain files show' });
  }
  return gaps as readonly Gap[];
}
