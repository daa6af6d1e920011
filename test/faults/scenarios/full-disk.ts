/** The disk under ClickHouse is full for a while. (Under the spool: full-disk.test.ts.) Needs root, for a disk that is small. */
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LandLog } from '../../../ingest/land-log.ts';
import { folder } from '../../helpers/folder.ts';
import { openAt } from '../../helpers/open-test-store.ts';
import { smallDisk, smallDisks } from '../../helpers/small-disk.ts';
import { vault } from '../../helpers/vault.ts';
import { scenarioAside } from './scenario.ts';
import { Streams } from './streams.ts';

const diskMib = 256;
/** Patience. */
const landsWithinMs = 300_000;

/** The server takes room as well meanwhile: then the disk was full before all of this was written, which is as good. */
function fill(disk: string, ballast: string): void {
  const { bavail, bsize } = statfsSync(disk);
  try {
    writeFileSync(ballast, Buffer.alloc(bavail * bsize));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}

export const fullDisk = scenarioAside(
  'disk full under ClickHouse',
  { short: { times: 1, fullMs: 1_500 }, long: { times: 10, fullMs: 20_000 } },
  async (_, { times, fullMs }) => {
    const none = { faults: 0, written: 0, lost: 0, doubled: 0, looks: 1 };
    if (!smallDisks) return { ...none, note: 'not tried: a small disk needs root' };
    using dir = folder();
    using disk = smallDisk(join(dir.path, 'data', 'clickhouse'), diskMib);
    await using store = await openAt(join(dir.path, 'data'), 'one');
    await using landLog = new LandLog(join(dir.path, 'data'));
    const streams = new Streams(['one'], 4);
    await using watch = streams.watch(store);
    await using running = vault(store, landLog, streams.streams);
    const ballast = join(disk.path, 'ballast');
    let refusals = 0;
    for (let n = 0; n < times; n += 1) {
      await running.deliver(...streams.next());
      fill(disk.path, ballast);
      const before = running.said.length;
      const delivered = running.deliver(...streams.next(), ...streams.next());
      await sleep(fullMs);
      const isRefused = running.said.slice(before).some(({ message }) => message.includes('not landed, will retry'));
      refusals += isRefused ? 1 : 0;
      rmSync(ballast);
      const landed = new AbortController();
      const tooLate = sleep(landsWithinMs, undefined, { signal: landed.signal }).then(() => {
        throw new Error(`nothing lands ${landsWithinMs} ms after there was room again`);
      });
      await Promise.race([delivered, tooLate]);
      // Nobody waits for that timer any more, and it would keep the process.
      landed.abort();
    }
    return { faults: times, ...(await streams.verdict(store, watch)), note: `${refusals} times an insert was refused` };
  },
);
