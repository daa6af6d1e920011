/** What a drawing needs of many accesses: one mark each while they are few, counts by row and stretch of time when they are many. */
import { gotOrMade } from '../../core/got-or-made.ts';
import { isoOf } from '../../core/time.ts';
import type { Instant } from '../../core/types.ts';
import type { Bucket, Mark, TimelineRow } from './api.ts';
import { bucketsAcross, type Drawn, marksMax, rowsMax, type Span } from './desk.ts';

export interface Dot {
  readonly id: string;
  readonly at: Instant;
  readonly row: string;
  readonly action: string;
  readonly denied: boolean;
  readonly unexplained: boolean;
}

type Counts = { count: number; denied: number; unexplained: number };

export interface Density {
  /** A second delivery of the same id is not counted. */
  add(dot: Dot): void;
  /** Accesses so far. */
  readonly total: number;
  result(nameOf: (row: string) => Pick<TimelineRow, 'name' | 'role'>): Drawn;
}

export function createDensity({ from, until }: Pick<Span, 'from' | 'until'>): Density {
  const bucketMs = Math.max(1, Math.ceil((until - from) / bucketsAcross));
  const ids = new Set<string>();
  const rows = new Map<string, Counts & { buckets: Map<number, Counts> }>();
  let marks: Dot[] | undefined = [];
  return {
    get total() {
      return ids.size;
    },
    add(dot) {
      if (ids.has(dot.id)) return;
      ids.add(dot.id);
      if (marks && marks.length < marksMax) marks.push(dot);
      else marks = undefined;
      const row = gotOrMade(rows, dot.row, () => ({ ...nothing, buckets: new Map<number, Counts>() }));
      tally(row, dot);
      tally(
        gotOrMade(row.buckets, Math.floor((dot.at - from) / bucketMs), () => ({ ...nothing })),
        dot,
      );
    },
    result(nameOf) {
      const ordered = [...rows].sort(([, a], [, b]) => b.unexplained - a.unexplained || b.count - a.count);
      const drawn = ordered.slice(0, rowsMax);
      const shown = new Set(drawn.map(([id]) => id));
      const dots = marks?.filter(({ row }) => shown.has(row)).sort((a, b) => a.at - b.at);
      return {
        total: ids.size,
        rows: drawn.map(([id, { count, unexplained }]) => ({ id, ...nameOf(id), accesses: count, unexplained })),
        more_rows: ordered.length - drawn.length,
        ...(dots
          ? { marks: dots.map((dot): Mark => ({ ...dot, at: isoOf(dot.at) })) }
          : {
              buckets: drawn.flatMap(([row, { buckets }]) => bucketsOf(row, buckets, from, bucketMs)),
              bucket_ms: bucketMs,
            }),
      };
    },
  };
}

const nothing: Counts = { count: 0, denied: 0, unexplained: 0 };

function tally(counts: Counts, { denied, unexplained }: Dot): void {
  counts.count += 1;
  counts.denied += Number(denied);
  counts.unexplained += Number(unexplained);
}

const bucketsOf = (row: string, buckets: ReadonlyMap<number, Counts>, from: Instant, ms: number): Bucket[] =>
  [...buckets].sort(([a], [b]) => a - b).map(([n, counts]) => ({ row, from: isoOf(from + n * ms), ...counts }));
