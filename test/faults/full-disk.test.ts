/** A disk that fills up under the spool. With root it is a real one, small; without, the spool's own limit stands for it. */
import { hash } from 'node:crypto';
import { statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, jest, test } from '@jest/globals';
import { accessId } from '../../core/types.ts';
import { Spool } from '../../ingest/spool.ts';
import { spoolLimits } from '../../ingest/spool-room.ts';
import { framesOf, intakeOf, sambaLines } from '../helpers/edge.ts';
import { configOf, writeFirm } from '../helpers/firm.ts';
import { flushOf, keysOf } from '../helpers/flush.ts';
import { folder } from '../helpers/folder.ts';
import { expectedOf, ingestedIn } from '../helpers/ingested.ts';
import { rawRecords } from '../helpers/plain.ts';
import { program } from '../helpers/program.ts';
import { smallDisk, smallDisks } from '../helpers/small-disk.ts';
import { Stream } from '../helpers/stream.ts';

jest.setTimeout(400_000);

const seenAt = () => Date.parse('2026-03-04T12:00:00.000Z');
const how = smallDisks ? 'a tmpfs' : 'its own limit: a small tmpfs needs root';

/** As a flush would be tried, until the disk has no room; then with room. */
async function fillAndGoOn(spool: Spool, makeRoom: () => void): Promise<void> {
  const intake = intakeOf(spool);
  const all = sambaLines(40_000);
  const taken: string[] = [];
  let refused = 0;
  for (let first = 0; first < all.length; first += 500) {
    intake.take(framesOf(all.slice(first, first + 500)), 'a.log', seenAt);
    for (;;) {
      try {
        intake.flush({ name: 'x', place: String(first) });
        break;
      } catch (error) {
        expect(error).toMatchObject({
          code: 'SPOOL_FULL',
          retry: true,
          message: expect.stringMatching(/no room left|too many batches/),
        });
        // Nothing of it is there, not even half.
        expect(spool.checkpoint('x')).toBe(String(first - 500));
        refused += 1;
        makeRoom();
      }
    }
    taken.push(...all.slice(first, first + 500));
  }
  expect(refused).toBe(1);
  const batches = [...spool.waiting(0, 9_999)].map(({ batch }) => batch);
  expect(batches.flatMap((batch) => rawRecords(batch).flat().map(String))).toEqual(taken);
  expect(batches.map(({ header }) => header.seq)).toEqual(batches.map((_, index) => index));
}

test(`a spool whose disk is full (${how}) refuses a flush whole and takes it when there is room`, async () => {
  using dir = folder();
  if (smallDisks) {
    using disk = smallDisk(join(dir.path, 'spool'), 2);
    await using spool = new Spool(dir.path, { ...spoolLimits, freeBytesMin: 0 });
    await fillAndGoOn(spool, () => disk.resize(64));
  } else {
    let limit = 200_000;
    const limits = {
      ...spoolLimits,
      get waitingBytesMax() {
        return limit;
      },
    };
    await using spool = new Spool(dir.path, limits);
    await fillAndGoOn(spool, () => {
      limit = spoolLimits.waitingBytesMax;
    });
  }
});

/** More pages than the disk has, for which nobody could ask before: LMDB itself runs into the end. */
async function diskFullInTheMiddle(): Promise<void> {
  using dir = folder();
  using disk = smallDisk(join(dir.path, 'spool'), 2);
  const id = (n: number) => accessId(hash('sha256', `${n}`, 'hex').slice(0, 32));
  const flush = flushOf([new Stream('fs1').next(3)], {
    checkpoint: { name: 'x', place: '1' },
    ids: keysOf(Array.from({ length: 200_000 }, (_, n) => id(n))),
  });
  {
    await using spool = new Spool(dir.path, { ...spoolLimits, freeBytesMin: 0 });
    expect(() => spool.commit(flush)).toThrow(
      expect.objectContaining({ code: 'SPOOL_FULL', cause: expect.objectContaining({ message: expect.any(String) }) }),
    );
    expect([spool.waitingBytes, spool.checkpoint('x'), spool.knows(id(0))]).toEqual([0, undefined, false]);
    disk.resize(64);
    spool.commit(flush);
  }
  await using again = new Spool(dir.path);
  expect([...again.waiting(0, 9)].map(({ batch }) => batch)).toEqual(flush.batches);
  expect([again.checkpoint('x'), again.knows(id(0)), again.knows(id(199_999))]).toEqual(['1', true, true]);
}

/** Only a real disk fills up beside what the program knows of. */
async function importOnSmallDisk(): Promise<void> {
  using dir = folder();
  const firm = writeFirm(dir.path, { records: 10_000 });
  writeFileSync(firm.config, JSON.stringify({ ...configOf(), log_level: 'error' }));
  const spool = join(firm.data, 'spool');
  // Left free are 64 MiB for everything else on the disk: what is above is soon used.
  using disk = smallDisk(spool, 65);
  const running = program(['import', '--all', '--json'], dir.path);
  let err = '';
  running.child.stderr?.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  const over = running.ended.then(() => true);
  while (!err.includes('the spool is full')) {
    if (await Promise.race([over, sleep(50)])) throw new Error('the import ended before the disk was full');
  }
  const { bavail, bsize } = statfsSync(spool);
  expect(bavail * bsize).toBeGreaterThan(32 * 1024 * 1024);
  disk.resize(512);
  expect((await running.ended).code).toBe(0);
  const { records, rejects, odd } = await ingestedIn(firm.data);
  expect({ records, rejects, odd }).toEqual(expectedOf(firm.logs));
}

if (smallDisks) test('an import whose disk fills up waits, says so, and goes on when there is room', importOnSmallDisk);
if (smallDisks)
  test('a disk that fills up in the middle of a flush leaves nothing of it, and takes it later', diskFullInTheMiddle);
