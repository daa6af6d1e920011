/** Entries that are all alike are seen faster, and no less closely. */
import { hash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { open } from 'lmdb';
import { dice } from '../../cli/demo/dice.ts';
import { keyBytes } from '../../ingest/id-keys.ts';
import { readPages } from '../../ingest/lmdb-pages.ts';
import { type Folder, folder } from '../helpers/folder.ts';

const pageBytes = 4_096;
const fileOf = (dir: Folder) => dir.file('data.mdb');

async function withKeys(dir: Folder, keys: readonly Buffer[]): Promise<void> {
  const env = open({ path: dir.path, maxDbs: 2, noSubdir: false });
  const ids = env.openDB({ name: 'ids0', keyEncoding: 'binary', encoding: 'binary' });
  ids.transactionSync(() => {
    for (const key of keys) ids.putSync(key, Buffer.from(key.subarray(keyBytes)));
  });
  await env.close();
}

const keysOf = (count: number): Buffer[] =>
  Array.from({ length: count }, (_, n) => hash('sha256', `${n}`, 'buffer').subarray(0, keyBytes));

/** What both ways of looking say: the damages, and how many entries are not alike. */
function bothWays(file: string) {
  let [seen, told] = [0, 0];
  const visit = (key: Buffer, value: Buffer) => {
    if (key.length !== keyBytes || value.length > 0) seen += 1;
  };
  const slowly = { damages: readPages(file, { ids0: visit }), others: seen };
  const other = () => {
    told += 1;
  };
  const alike = { keyBytes, valueBytes: 0, other };
  return [slowly, { damages: readPages(file, { ids0: alike }), others: told }] as const;
}

test('an entry of another shape is told of, and no other', async () => {
  using dir = folder();
  await withKeys(dir, keysOf(3_000));
  const none = { damages: [], others: 0 };
  expect(bothWays(fileOf(dir))).toEqual([none, none]);
  await withKeys(dir, [Buffer.alloc(keyBytes + 3, 'k'), Buffer.alloc(keyBytes - 2, 'k')]);
  const two = { damages: [], others: 2 };
  expect(bothWays(fileOf(dir))).toEqual([two, two]);
});

test('whatever the disk did to a page, the same damages are named', async () => {
  using dir = folder();
  await withKeys(dir, keysOf(3_000));
  const whole = readFileSync(fileOf(dir));
  const random = dice(9).roll;
  let damaged = 0;
  for (let at = 0; at < whole.length; at += pageBytes) {
    for (let times = 0; times < 4; times += 1) {
      const bytes = Buffer.from(whole);
      // In the beginning of a page lies what says where all else is.
      const where = at + Math.floor(random() * (times < 2 ? 200 : pageBytes));
      if (times === 0) bytes.fill(Math.floor(random() * 256), where, at + pageBytes);
      else bytes.writeUInt8((bytes.readUInt8(where) + 1 + Math.floor(random() * 255)) & 0xff, where);
      writeFileSync(dir.file('changed.mdb'), bytes);
      const [slowly, quickly] = bothWays(dir.file('changed.mdb'));
      expect(quickly.damages).toEqual(slowly.damages);
      expect(quickly.others).toBeGreaterThanOrEqual(slowly.others);
      damaged += slowly.damages.length > 0 ? 1 : 0;
    }
  }
  expect(damaged).toBeGreaterThan(20);
});
