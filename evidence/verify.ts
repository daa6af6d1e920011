/**
 * Checks an evidence bundle, zipped or unpacked, without a server and without the rest of Cordon: the files named
 * `verify*` import core, Node's own modules and a zip reader. docs/formats.md says how to do the same by other means.
 */
import type { KeyObject } from 'node:crypto';
import { basename } from 'node:path';
import { isFault } from '../core/errors.ts';
import { checkAccesses } from './verify-accesses.ts';
import { type OpenBag, openBag, type Problem } from './verify-bag.ts';
import {
  type BundleQuery,
  type CustodyAct,
  fingerprintOf,
  type Gap,
  payload,
  type StreamRun,
} from './verify-format.ts';
import { checkCustody, checkManifests, checkSignature } from './verify-manifest.ts';
import { createReport, type Report } from './verify-report.ts';
import { checkGaps, checkStreams, type Streams } from './verify-streams.ts';

/** A public key that was used: its fingerprint, and whether the checker brought it or it came with the bundle. */
export interface KeyUsed {
  readonly name: string;
  readonly fingerprint: string;
  readonly given: boolean;
}

export interface Verdict {
  /** Nothing is wrong. */
  readonly holds: boolean;
  readonly problems: readonly Problem[];
  /** Problems beyond those listed. */
  readonly more: number;
  readonly notes: readonly string[];
  readonly query?: BundleQuery;
  readonly custody: readonly CustodyAct[];
  readonly accesses: number;
  readonly records: number;
  readonly redacted: number;
  readonly batches: number;
  /** Lines sealed in the batches shown that the bundle does not show: of other times, other actors, or repeats. */
  readonly undisclosed: number;
  /** Of those, how many lie wholly in a range asked for without an actor: only repeats of a record should be. */
  readonly withheld: number;
  readonly streams: readonly StreamRun[];
  readonly gaps: readonly Gap[];
  readonly exporter?: KeyUsed;
  readonly collectors: readonly KeyUsed[];
}

export interface KeysGiven {
  readonly exporter?: KeyObject | undefined;
  /** Collector → its public keys. */
  readonly collectors?: ReadonlyMap<string, readonly KeyObject[]>;
}

/**
 * Whatever the file holds, this answers with a verdict. Throws NOT_FOUND when there is no such file.
 * Memory: a header block's root and one line of each file at a time, whatever the size of the bundle.
 */
export async function verifyBundle(path: string, given: KeysGiven, signal: AbortSignal): Promise<Verdict> {
  const report = createReport();
  try {
    const bag = await openBag(path, signal);
    try {
      for (const problem of bag.problems) report.add(problem);
      return await verifyBag(bag, given, report);
    } finally {
      bag.close();
    }
  } catch (error) {
    if (!isFault(error, 'EVIDENCE_BROKEN')) throw error;
    report.add({ file: basename(path), what: error.message });
    return { ...nothing, holds: false, problems: report.problems, more: report.more };
  }
}

const nothing = {
  notes: [],
  custody: [],
  accesses: 0,
  records: 0,
  redacted: 0,
  batches: 0,
  undisclosed: 0,
  withheld: 0,
  streams: [],
  gaps: [],
  collectors: [],
} as const;

async function verifyBag(bag: OpenBag, given: KeysGiven, report: Report): Promise<Verdict> {
  await checkManifests(bag, report);
  const key = await checkSignature(bag, given.exporter, report);
  const custody = await checkCustody(bag, key, report);
  const keys = given.collectors ?? new Map<string, readonly KeyObject[]>();
  const streams = await checkStreams(bag, { query: custody?.query, keys, report });
  const gaps = await report.guard(payload.gaps, () => checkGaps(bag, streams, report));
  const counts = await report.guard(payload.accesses, () => checkAccesses(bag, streams, custody?.query, report));
  return {
    holds: report.problems.length === 0,
    problems: report.problems,
    more: report.more,
    notes: bag.notes,
    ...(custody && { query: custody.query }),
    custody: custody?.acts ?? [],
    accesses: counts?.accesses ?? 0,
    records: counts?.records ?? 0,
    redacted: counts?.redacted ?? 0,
    ...unshown(streams, custody?.query),
    streams: [...streams.values()].map(({ collector, first, last, prev }) => ({ collector, first, last, prev })),
    gaps: gaps ?? [],
    ...(key && {
      exporter: { name: 'exporter', fingerprint: fingerprintOf(key), given: given.exporter !== undefined },
    }),
    collectors: [...streams.values()].flatMap(({ collector, keys: used, given: known }) =>
      used.map((fingerprint) => ({ name: collector, fingerprint, given: known })),
    ),
  };
}

function unshown(streams: Streams, query: BundleQuery | undefined) {
  const sum = { batches: 0, undisclosed: 0, withheld: 0 };
  for (const { batches } of streams.values()) {
    for (const { count, shown, inside } of batches.values()) {
      sum.batches += 1;
      sum.undisclosed += count - shown;
      if (inside && query?.actor === undefined) sum.withheld += count - shown;
    }
  }
  return sum;
}
