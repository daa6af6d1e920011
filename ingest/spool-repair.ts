/**
 * Opens the spool, and makes a damaged one good. Whatever the disk did to it (torn, changed, zeroed or missing pages, an
 * older copy, nothing there at all), it is set aside, what still holds is carried over, and what was not acknowledged and
 * does not hold is read again from its sources. Numbers go on where they stood, so that the vault sees a gap and no fork.
 */
import { hash } from 'node:crypto';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { headerHash } from '../core/batch.ts';
import { Fault, isFault } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { SealedBatch, StoredReject } from '../core/types.ts';
import { keyBytes } from './id-keys.ts';
import { readPages } from './lmdb-pages.ts';
import { mintId } from './mint.ts';
import { Spool } from './spool.ts';
import { decodeBatch, decodeReject, readSumText } from './spool-entry.ts';
import { memoryFile, type Remembered, readMemory } from './spool-memory.ts';

const damagesNamedMax = 5;

interface Found {
  readonly batches: SealedBatch[];
  readonly rejects: StoredReject[];
}

/** The data folder is the caller's alone. Throws SPOOL_BROKEN where even the second memory is lost. */
export async function openSpool(dataDir: string, log: Log): Promise<Spool> {
  finishRepair(dataDir);
  const file = join(dataDir, 'spool', 'data.mdb');
  const memory = readMemory(memoryFile(dataDir));
  const isThere = existsSync(file);
  if (!isThere && !memory) return new Spool(dataDir);
  // Nothing is kept of what is read here: a whole spool may hold gigabytes.
  const damages = isThere ? damagesIn(file) : ['its file is missing'];
  if (damages.length === 0) {
    try {
      return new Spool(dataDir);
    } catch (error) {
      if (!isFault(error, 'SPOOL_BROKEN')) throw error;
      damages.push(error.message);
    }
  }
  if (!memory)
    throw new Fault(
      'SPOOL_BROKEN',
      `the spool in ${dataDir} is damaged (${damages[0]}), and so is ${memoryFile(dataDir)}, from which it would be repaired: ` +
        'restore one of them from a backup, or issue the sources new names and keys and start with an empty data folder',
      { damages: damages.length },
    );
  return repaired(dataDir, isThere ? salvaged(file) : undefined, memory, damages, log);
}

/** A repair is made in a folder of its own, and takes the place of what is damaged when it is whole. */
const repairOf = (dataDir: string): string => join(dataDir, 'spool-repair');

/** One that was killed: had it set the damaged one aside, it was whole. */
function finishRepair(dataDir: string): void {
  const made = join(repairOf(dataDir), 'spool');
  if (!existsSync(join(dataDir, 'spool')) && existsSync(made)) renameSync(made, join(dataDir, 'spool'));
  rmSync(repairOf(dataDir), { recursive: true, force: true });
}

function damagesIn(file: string): string[] {
  let broken = 0;
  const check = (entry: unknown) => {
    if (entry === undefined) broken += 1;
  };
  const small = (_: Buffer, value: Buffer) => check(readSumText(value.toString()));
  const bare = { keyBytes, valueBytes: 0, other: () => check(undefined) };
  const damages = readPages(file, {
    waiting: (_, value) => check(decodeBatch(value)),
    rejects: (_, value) => check(decodeReject(value)),
    heads: small,
    checkpoints: small,
    counts: small,
    numbers: small,
    state: small,
    ids0: bare,
    ids1: bare,
  });
  return broken === 0 ? [...damages] : [...damages, `${broken} entries are not what was written`];
}

function salvaged(file: string): Found {
  const found: Found = { batches: [], rejects: [] };
  const keep = <Kept>(kept: Kept | undefined, into: Kept[]) => {
    if (kept) into.push(kept);
  };
  readPages(file, {
    waiting: (_, value) => keep(decodeBatch(value), found.batches),
    rejects: (_, value) => keep(decodeReject(value), found.rejects),
  });
  return found;
}

async function repaired(
  dataDir: string,
  found: Found | undefined,
  memory: Remembered,
  damages: readonly string[],
  log: Log,
): Promise<Spool> {
  const batches = found?.batches ?? [];
  const rejects = found?.rejects ?? [];
  {
    await using made = new Spool(repairOf(dataDir));
    made.restore({
      remembered: { ...memory, heads: headsWith(memory.heads, batches), read: memory.confirmed },
      batches,
      rejects,
      // Of accesses none, since theirs may be among what is read again; readers fold what then comes twice.
      ids: rejects.map((reject) => Buffer.from(rejectId(reject), 'hex')),
    });
  }
  const aside = `spool-damaged-${new Date().toISOString().replaceAll(':', '')}`;
  if (existsSync(join(dataDir, 'spool'))) renameSync(join(dataDir, 'spool'), join(dataDir, aside));
  finishRepair(dataDir);
  const spool = new Spool(dataDir);
  log.error(
    {
      damages: damages.slice(0, damagesNamedMax).join('; '),
      batchesSaved: batches.length,
      rejectsSaved: rejects.length,
      sourcesReadAgain: Object.keys(memory.confirmed).length,
      aside,
    },
    'the spool was damaged: it is set aside, what holds was carried over, and the sources are read again from what was last acknowledged',
  );
  return spool;
}

/** As ingest/intake.ts remembers a record that no collector could read. */
function rejectId(reject: StoredReject): string {
  if (!('raw' in reject)) return reject.id;
  const digest = hash('sha256', reject.raw, 'hex');
  return mintId(reject.source, `unreadable ${digest}`, digest);
}

/** The later of what was remembered and what the batches themselves say. */
function headsWith(heads: Remembered['heads'], batches: readonly SealedBatch[]): Remembered['heads'] {
  const all = structuredClone(heads);
  for (const { header } of batches) {
    const { collector, tenant, seq } = header;
    const streams = all[collector] ?? {};
    all[collector] = streams;
    if (seq >= (streams[tenant]?.seq ?? 0)) streams[tenant] = { seq: seq + 1, prev: headerHash(header) };
  }
  return all;
}
