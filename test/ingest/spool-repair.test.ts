/** A spool whose file the disk changed, in every way a disk does: noticed, set aside, and what holds is carried over. */

import { generateKeyPairSync } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { dice } from '../../cli/demo/dice.ts';
import { createLog } from '../../core/log.ts';
import { tenantId } from '../../core/types.ts';
import { openedReject, RejectSealer } from '../../ingest/reject-seal.ts';
import { Spool } from '../../ingest/spool.ts';
import { openSpool } from '../../ingest/spool-repair.ts';
import { framesOf, intakeOf, sambaLines } from '../helpers/edge.ts';
import { type Folder, folder } from '../helpers/folder.ts';

const log = createLog('silent');
const seenAt = () => Date.parse('2026-03-04T12:00:00.000Z');
const pageBytes = 4_096;
const fileOf = (dir: Folder) => dir.file('spool/data.mdb');

/** Ten flushes of some batches each, of which the first four were acknowledged. */
async function filled(dir: Folder): Promise<{ heads: object; waiting: number }> {
  await using spool = new Spool(dir.path);
  const intake = intakeOf(spool);
  for (let n = 0; n < 10; n += 1) {
    intake.take(framesOf([...sambaLines(300, n * 300), `nonsense ${n}`]), 'a.log', seenAt);
    intake.flush({ name: 'tail/fs1', place: `after ${n}` });
    if (n === 3) spool.remove([...spool.waiting(0, 99)].map(({ place }) => place));
  }
  return { heads: spool.remembered().heads, waiting: [...spool.waiting(0, 99)].length };
}

async function stateOf(spool: Spool) {
  return {
    heads: spool.remembered().heads,
    batches: [...spool.waiting(0, 99)].length,
    rejects: [...spool.rejects()].length,
    place: spool.checkpoint('tail/fs1'),
  };
}

const overwrite = (file: string, at: number, bytes: Buffer) => {
  const fd = openSync(file, 'r+');
  writeSync(fd, bytes, 0, bytes.length, at);
};

describe('a spool that is whole', () => {
  test('is opened as it is, whatever had been written and deleted in it', async () => {
    using dir = folder();
    const { heads, waiting } = await filled(dir);
    for (let n = 0; n < 3; n += 1) {
      await using spool = await openSpool(dir.path, log);
      expect(await stateOf(spool)).toEqual({ heads, batches: waiting, rejects: 10, place: 'after 9' });
    }
    expect(readdirSync(dir.path).sort()).toEqual(['spool', 'spool-memory.log']);
  });

  test('is opened after a kill between any two of its commits', async () => {
    using dir = folder();
    await using spool = new Spool(dir.path);
    const intake = intakeOf(spool);
    for (let n = 0; n < 30; n += 1) {
      intake.take(framesOf(sambaLines(40, n * 40)), 'a.log', seenAt);
      intake.flush({ name: 'tail/fs1', place: `${n}` });
      if (n % 3 === 1) spool.remove([...spool.waiting(0, 2)].map(({ place }) => place));
      using copy = folder();
      cpSync(dir.path, copy.path, { recursive: true });
      await using again = await openSpool(copy.path, log);
      expect(again.checkpoint('tail/fs1')).toBe(`${n}`);
      expect(readdirSync(copy.path)).not.toContainEqual(expect.stringMatching(/damaged/));
    }
  });
});

describe('a spool that is damaged', () => {
  const damages: Readonly<Record<string, (file: string) => void>> = {
    'is missing': (file) => rmSync(file),
    'is empty': (file) => truncateSync(file, 0),
    'ends in the middle': (file) => truncateSync(file, Math.floor(statSync(file).size / 2)),
    'begins with zeros': (file) => overwrite(file, 0, Buffer.alloc(2 * pageBytes)),
    'has lost its second page': (file) => overwrite(file, pageBytes, Buffer.alloc(pageBytes)),
    'is noise': (file) => overwrite(file, 0, Buffer.alloc(statSync(file).size, 'noise')),
  };

  test.each(Object.entries(damages))(
    'because it %s goes on where numbers stood, and reads again',
    async (_, damage) => {
      using dir = folder();
      const { heads } = await filled(dir);
      damage(fileOf(dir));
      await using spool = await openSpool(dir.path, log);
      const state = await stateOf(spool);
      expect(state).toMatchObject({ heads, place: 'after 3' });
      expect(spool.head('fs1', tenantId('acme')).seq).toBe(10);
    },
  );

  test('in any one page loses no number, keeps what holds, and reads again from what was acknowledged', async () => {
    using dir = folder();
    const { heads, waiting } = await filled(dir);
    const whole = readFileSync(fileOf(dir));
    const memory = readFileSync(dir.file('spool-memory.log'));
    const random = dice(5).roll;
    let repaired = 0;
    const kinds = [
      (page: Buffer) => page.fill(0),
      (page: Buffer) => page.fill(0, pageBytes / 2),
      (page: Buffer) => page.writeUInt8((page.readUInt8(700) ^ 4) & 0xff, 700),
      (page: Buffer) => page.fill('x'),
      (page: Buffer) => page.writeUInt8((page.readUInt8(pageBytes - 30) ^ 1) & 0xff, pageBytes - 30),
    ];
    for (let at = 0; at < whole.length; at += pageBytes) {
      const damaged = Buffer.from(whole);
      kinds[Math.floor(random() * kinds.length)]?.(damaged.subarray(at, at + pageBytes));
      using other = folder();
      await new Spool(other.path)[Symbol.asyncDispose]();
      writeFileSync(fileOf(other), damaged);
      writeFileSync(other.file('spool-memory.log'), memory);
      await using spool = await openSpool(other.path, log);
      const state = await stateOf(spool);
      expect(state.heads).toEqual(heads);
      if (readdirSync(other.path).some((name) => name.startsWith('spool-damaged'))) {
        repaired += 1;
        expect(state.place).toBe('after 3');
      } else expect(state).toEqual({ heads, batches: waiting, rejects: 10, place: 'after 9' });
    }
    expect(repaired).toBeGreaterThan(10);
  });

  test('carries over every batch but the one that is damaged', async () => {
    using dir = folder();
    const { waiting } = await filled(dir);
    const bytes = readFileSync(fileOf(dir));
    const signature = '"seq":7,';
    const at = bytes.lastIndexOf(signature);
    overwrite(fileOf(dir), at + 6, Buffer.from('8'));
    await using spool = await openSpool(dir.path, log);
    const seqs = [...spool.waiting(0, 99)].map(({ batch }) => batch.header.seq);
    expect(seqs).toEqual([4, 5, 6, 8, 9]);
    expect(waiting).toBe(6);
    expect([...spool.rejects()]).toHaveLength(10);
  });

  test('and a copy of an earlier one are told apart from whole ones', async () => {
    using dir = folder();
    await filled(dir);
    const earlier = readFileSync(fileOf(dir));
    {
      await using spool = new Spool(dir.path);
      const intake = intakeOf(spool);
      intake.take(framesOf(sambaLines(10, 9_000)), 'a.log', seenAt);
      intake.flush({ name: 'tail/fs1', place: 'later' });
    }
    writeFileSync(fileOf(dir), earlier);
    expect(() => new Spool(dir.path)).toThrow(expect.objectContaining({ code: 'SPOOL_BROKEN' }));
    await using spool = await openSpool(dir.path, log);
    expect(spool.head('fs1', tenantId('acme')).seq).toBe(11);
  });

  test('together with what is remembered beside it is for a person', async () => {
    using dir = folder();
    await filled(dir);
    truncateSync(fileOf(dir), 5_000);
    rmSync(dir.file('spool-memory.log'));
    await expect(openSpool(dir.path, log)).rejects.toMatchObject({
      code: 'SPOOL_BROKEN',
      message: expect.stringMatching(/restore one of them from a backup/),
    });
  });

  test('while a repair was killed is repaired by the next start', async () => {
    using dir = folder();
    const { heads } = await filled(dir);
    // As it stands after the damaged one was set aside and before the good one took its place.
    rmSync(fileOf(dir));
    await (await openSpool(dir.path, log))[Symbol.asyncDispose]();
    const made = readFileSync(fileOf(dir));
    using other = folder();
    await new Spool(other.file('spool-repair'))[Symbol.asyncDispose]();
    writeFileSync(other.file('spool-repair/spool/data.mdb'), made);
    copyFileSync(dir.file('spool-memory.log'), other.file('spool-memory.log'));
    await using spool = await openSpool(other.path, log);
    expect(spool.remembered().heads).toEqual(heads);
    expect(existsSync(other.file('spool-repair'))).toBe(false);
  });
});

test('a page of remembered ids whose entries are torn is damage, though its head is whole', async () => {
  using dir = folder();
  await filled(dir);
  const pages = readFileSync(fileOf(dir));
  const leaf = 2;
  for (let at = 2 * 4_096; at < pages.length; at += 4_096) {
    const isLeaf = pages.readUInt16LE(at + 18) === leaf;
    const entries = pages.readUInt16LE(at + 20) >> 1;
    // Only ids are so small that as many fit.
    if (isLeaf && entries > 60) overwrite(fileOf(dir), at + 3_000, Buffer.alloc(500, 0xff));
  }
  await using spool = await openSpool(dir.path, log);
  expect((await stateOf(spool)).place).toBe('after 3');
  expect(readdirSync(dir.path).filter((name) => name.startsWith('spool-damaged-'))).toHaveLength(1);
});

test('a batch that the disk changes while the spool is open is not handed on', async () => {
  using dir = folder();
  await filled(dir);
  const bytes = readFileSync(fileOf(dir));
  overwrite(fileOf(dir), bytes.lastIndexOf('"seq":7,') + 6, Buffer.from('8'));
  await using spool = new Spool(dir.path);
  expect(() => [...spool.waiting(0, 99)]).toThrow(expect.objectContaining({ code: 'SPOOL_BROKEN' }));
});

test('rejects that are sealed are carried over sealed, and are known when their records are read again', async () => {
  using dir = folder();
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  const records = Array.from({ length: 40 }, (_, n) => `nonsense ${n}`);
  const take = (spool: Spool) => {
    const intake = intakeOf(spool, {}, new RejectSealer(publicKey));
    intake.take(framesOf([...sambaLines(300), ...records]), 'a.log', seenAt);
    return intake.flush({ name: 'tail/fs1', place: 'end' });
  };
  {
    await using spool = new Spool(dir.path);
    expect(take(spool)).toMatchObject({ rejects: 40 });
  }
  const at = readFileSync(fileOf(dir)).lastIndexOf('"seq":0,');
  overwrite(fileOf(dir), at + 6, Buffer.from('9'));
  await using spool = await openSpool(dir.path, log);
  const saved = [...spool.rejects()];
  const opened = saved.map((one) => ('raw' in one ? undefined : String(openedReject(one, privateKey)?.raw)));
  expect(opened).toEqual(records);
  expect(take(spool)).toMatchObject({ rejects: 0, repeats: 40 });
  expect(readFileSync(fileOf(dir)).includes('nonsense 7')).toBe(false);
});
