/** A hole in a log's record numbers, from the records to the sealed line. */
import { describe, expect, test } from '@jest/globals';
import type { Access, MissingRecords } from '../../core/types.ts';
import { Spool } from '../../ingest/spool.ts';
import { framesOf, intakeOf } from '../helpers/edge.ts';
import { folder } from '../helpers/folder.ts';
import { accessLines, checkRoot } from '../helpers/plain.ts';
import { windowsAt, windowsLine, windowsLines } from '../helpers/windows-log.ts';

const batchesOf = (spool: Spool) => [...spool.waiting(0, 9_999)].map(({ batch }) => batch);
const linesOf = (spool: Spool): string[] =>
  batchesOf(spool).flatMap((batch) => accessLines(batch).toString().trimEnd().split('\n'));
const statedIn = (spool: Spool): [at: string, stated: readonly MissingRecords[]][] =>
  linesOf(spool)
    .map((line) => JSON.parse(line) as Access)
    .flatMap(({ at, missing_before }) => (missing_before ? [[at, missing_before] as [string, MissingRecords[]]] : []));

const windows = { source: 'win3', collector: 'windows-security' };
/** By the collector's clock, two seconds after the record was written. */
const arrivalOf = ({ raw }: { raw: Buffer }) => Date.parse(JSON.parse(raw.toString())['@timestamp']) + 2_000;
const cut = [2_000, 2_031] as const;
const log = windowsLines(0, 2_400, cut);
const missed = {
  ...{ series: 'FS3.firm.example/Security', missing: 31, after: 2_275_386 + 1_999, before: 2_275_386 + 2_031 },
  ...{ from: new Date(windowsAt(1_999)).toISOString(), until: new Date(windowsAt(2_031)).toISOString(), usual: 0 },
};

test('the access after it says so, in a line that its batch signs; no other line has a word of it', async () => {
  using dir = folder();
  await using spool = new Spool(dir.path);
  const intake = intakeOf(spool, windows);
  for (let i = 0; i < log.length; i += 50) intake.take(framesOf(log.slice(i, i + 50)), 'sec.log', arrivalOf);
  expect(intake.flush(undefined)).toMatchObject({ read: 2_369, rejects: 0 });
  const [[at, stated] = ['', []], ...more] = statedIn(spool);
  expect(more).toEqual([]);
  expect(stated).toEqual([missed]);
  expect(Date.parse(at)).toBeGreaterThanOrEqual(windowsAt(2_031));
  expect(linesOf(spool).filter((line) => line.includes('missing'))).toHaveLength(1);
  for (const batch of batchesOf(spool)) expect(() => checkRoot(batch)).not.toThrow();
});

test('a log with nothing cut out states nothing, read twice and with its last half first', async () => {
  using dir = folder();
  await using spool = new Spool(dir.path);
  const intake = intakeOf(spool, windows);
  const whole = windowsLines(0, 2_400);
  intake.take(framesOf(whole.slice(1_200)), 'new.log', arrivalOf);
  intake.take(framesOf(whole.slice(0, 1_200)), 'old.log', arrivalOf);
  intake.take(framesOf(whole), 'whole.log', arrivalOf);
  intake.flush(undefined);
  expect(statedIn(spool)).toEqual([]);
});

test('records that are no accesses count, and so do those that nobody can read', async () => {
  using dir = folder();
  await using spool = new Spool(dir.path);
  const intake = intakeOf(spool, windows);
  const torn = windowsLines(0, 2_400).map((line, n) => (n === 2_001 ? line.slice(0, 300) : line));
  intake.take(framesOf(torn), 'sec.log', () => windowsAt(3_000));
  expect(intake.flush(undefined)).toMatchObject({ rejects: 1, ignored: 480 });
  expect(statedIn(spool)).toEqual([]);
});

describe('killed between two flushes', () => {
  /** Dies before the flush of every third piece, with what it took; another reads on from the checkpoint. */
  test.each([1, 7, 40, 61, 100])('of %i records each, it neither invents nor loses a hole', async (size) => {
    using dir = folder();
    const pieces = Array.from({ length: Math.ceil(log.length / size) }, (_, i) => log.slice(i * size, (i + 1) * size));
    // Only what matters is read in small pieces: each flush is a commit.
    const early = pieces.filter((_, i) => (i + 1) * size < 1_950).flat();
    const late = pieces.filter((_, i) => (i + 1) * size >= 1_950);
    let spool = new Spool(dir.path);
    try {
      const first = intakeOf(spool, windows);
      first.take(framesOf(early), 'sec.log', arrivalOf);
      first.flush({ name: 'x', place: 'early' });
      let intake = intakeOf(spool, windows);
      for (const [i, piece] of late.entries()) {
        intake.take(framesOf(piece), 'sec.log', arrivalOf);
        if (i % 3 === 1) {
          await spool[Symbol.asyncDispose]();
          spool = new Spool(dir.path);
          intake = intakeOf(spool, windows);
          intake.take(framesOf(piece), 'sec.log', arrivalOf);
        }
        intake.flush({ name: 'x', place: `${i}` });
      }
      expect(statedIn(spool).map(([, stated]) => stated)).toEqual([[missed]]);
    } finally {
      await spool[Symbol.asyncDispose]();
    }
  });
});

test('a flush that a full spool refused keeps what it was to state', async () => {
  using dir = folder();
  await using spool = new Spool(dir.path);
  const intake = intakeOf(spool, windows);
  intake.take(framesOf(log), 'sec.log', arrivalOf);
  const { commit } = spool;
  spool.commit = () => {
    throw new Error('full');
  };
  expect(() => intake.flush(undefined)).toThrow('full');
  spool.commit = commit;
  intake.flush(undefined);
  expect(statedIn(spool).map(([, stated]) => stated)).toEqual([[missed]]);
  const next = intakeOf(spool, windows);
  next.take(framesOf([windowsLine(2_400)]), 'sec.log', arrivalOf);
  next.flush(undefined);
  expect(statedIn(spool)).toHaveLength(1);
});
