import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { verifyBundle } from '../../evidence/verify.ts';
import { filesOf, minute, scratch, signal, unzip, write } from '../helpers/bundle.ts';
import { hold, items, readerOf } from '../helpers/sealed.ts';

const held = hold({
  fs1: { items: items('fs1', 50), perBatch: 7 },
  m365: { items: items('m365', 30, 10), perBatch: 11, firstSeq: 4 },
});
const reader = readerOf(held);
const linesOf = (file: string) => readFileSync(file, 'utf8').split('\n').slice(0, -1);

describe('a bundle of a whole range', () => {
  test('is a bag that unzip, sha256sum and openssl accept without us', async () => {
    using place = scratch();
    const file = join(place.folder, 'a.zip');
    await write(file, reader);
    const base = unzip(file, join(place.folder, 'un'));
    const shell = (command: string, ...args: string[]) => execFileSync(command, args, { cwd: base, encoding: 'utf8' });
    expect(shell('sha256sum', '--strict', '-c', 'manifest-sha256.txt')).not.toContain('FAILED');
    expect(shell('sha256sum', '--strict', '-c', 'tagmanifest-sha256.txt')).not.toContain('FAILED');
    const check = 'pkeyutl -verify -pubin -inkey exporter.pub.pem -rawin -in manifest-sha256.txt -sigfile manifest.sig';
    expect(shell('openssl', ...check.split(' '))).toContain('Signature Verified Successfully');
    expect(filesOf(base)).toEqual([
      'bag-info.txt',
      'bagit.txt',
      'data/README.txt',
      'data/accesses.ndjson',
      'data/chain/fs1.ndjson',
      'data/chain/m365.ndjson',
      'data/custody.ndjson',
      'data/gaps.json',
      'data/keys/fs1.pub.pem',
      'data/keys/m365.pub.pem',
      'data/proofs.ndjson',
      'data/records.ndjson',
      'exporter.pub.pem',
      'manifest-sha256.txt',
      'manifest.sig',
      'tagmanifest-sha256.txt',
    ]);
  });

  test('holds every access as it was sealed, in order, with the bytes of its records', async () => {
    using place = scratch();
    const file = join(place.folder, 'a.zip');
    const summary = await write(file, reader);
    const base = unzip(file, join(place.folder, 'un'));
    const sorted = [...held.items].sort((a, b) => (key(a) < key(b) ? -1 : 1));
    const accesses = linesOf(join(base, 'data/accesses.ndjson')).map((line) => JSON.parse(line) as { id: string });
    expect(accesses.map(({ id }) => id)).toEqual(sorted.map(({ item }) => item.access.id));
    const records = linesOf(join(base, 'data/records.ndjson')).map(
      (line) => (JSON.parse(line) as { raw: (string | { base64: string })[] }).raw,
    );
    const bytes = records.map((raw) =>
      raw.map((one) =>
        (typeof one === 'string' ? Buffer.from(one) : Buffer.from(one.base64, 'base64')).toString('hex'),
      ),
    );
    expect(bytes).toEqual(sorted.map(({ item }) => item.records.map((record) => record.toString('hex'))));
    expect(summary).toMatchObject({ accesses: 80, redacted: 0, gaps: [] });
  });

  test('is the same bytes when it is made again, but for the time of export', async () => {
    using place = scratch();
    const [a, b, c] = ['a', 'b', 'c'].map((name) => join(place.folder, `${name}.zip`)) as [string, string, string];
    await write(a, reader);
    await write(b, reader);
    await write(c, reader, { at: '2027-01-01T00:00:00.000Z' });
    expect(readFileSync(a).equals(readFileSync(b))).toBe(true);
    const [first, later] = [unzip(a, join(place.folder, 'un-a')), unzip(c, join(place.folder, 'un-c'))];
    const changed = filesOf(first).filter(
      (name) => !readFileSync(join(first, name)).equals(readFileSync(join(later, name))),
    );
    expect(changed).toEqual([
      'bag-info.txt',
      'data/custody.ndjson',
      'manifest-sha256.txt',
      'manifest.sig',
      'tagmanifest-sha256.txt',
    ]);
  });

  test('verifies, and says what it proves', async () => {
    using place = scratch();
    const file = join(place.folder, 'a.zip');
    await write(file, reader);
    const verdict = await verifyBundle(file, {}, signal());
    expect(verdict).toMatchObject({
      holds: true,
      problems: [],
      accesses: 80,
      batches: 11,
      undisclosed: 0,
      withheld: 0,
    });
    expect(verdict.streams).toMatchObject([
      { collector: 'fs1', first: 0, last: 7, prev: '0'.repeat(64) },
      { collector: 'm365', first: 4, last: 6 },
    ]);
  });
});

describe('a bundle of a part', () => {
  test('shows one actor and nobody else, and the rest only as a number', async () => {
    using place = scratch();
    const file = join(place.folder, 'a.zip');
    await write(file, reader, { actor: 'jo', from: minute(10), until: minute(20) });
    const verdict = await verifyBundle(file, {}, signal());
    expect(verdict).toMatchObject({ holds: true, accesses: 10, withheld: 0 });
    expect(verdict.undisclosed).toBeGreaterThan(10);
    const base = unzip(file, join(place.folder, 'un'));
    for (const name of filesOf(base)) expect(readFileSync(join(base, name), 'utf8')).not.toContain('"actor":"ana"');
  });

  test('begins with what the first batch says of the one before it', async () => {
    using place = scratch();
    const file = join(place.folder, 'a.zip');
    const { streams } = await write(file, reader, { from: minute(20), until: minute(30) });
    expect(streams).toMatchObject([
      { collector: 'fs1', first: 2, last: 4 },
      { collector: 'm365', first: 4 },
    ]);
    expect(await verifyBundle(file, {}, signal())).toMatchObject({ holds: true, accesses: 20 });
  });

  test('may be empty', async () => {
    using place = scratch();
    const file = join(place.folder, 'a.zip');
    await write(file, reader, { from: minute(5_000), until: minute(6_000) });
    expect(await verifyBundle(file, {}, signal())).toMatchObject({ holds: true, accesses: 0, streams: [] });
  });
});

describe('what the store cannot give', () => {
  test('is written down as a gap, and the rest is shown; verify does not call that whole', async () => {
    using place = scratch();
    const file = join(place.folder, 'a.zip');
    const { gaps, accesses } = await write(file, readerOf(held, { lost: ['fs1/3'] }));
    expect(accesses).toBe(73);
    expect(gaps).toEqual([
      { source: 'fs1', kind: 'missing', what: 'batch 3 is not in the store' },
      { source: 'fs1', kind: 'damaged', what: 'batch 3, 7 accesses not shown: it is not in the store' },
    ]);
    const verdict = await verifyBundle(file, {}, signal());
    expect(verdict.problems).toEqual([
      { file: 'data/chain/fs1.ndjson', where: 'batch 4', what: 'batch 3 is missing before batch 4' },
    ]);
  });

  test('a batch whose value was changed in the store is named', async () => {
    using place = scratch();
    const batches = held.batches.map((batch) => {
      if (batch.header.collector !== 'fs1' || batch.header.seq !== 2) return batch;
      const value = Buffer.from(batch.value);
      value[3] = (value[3] ?? 0) ^ 1;
      return { ...batch, value };
    });
    const { gaps } = await write(join(place.folder, 'a.zip'), readerOf({ ...held, batches }));
    expect(gaps).toMatchObject([{ source: 'fs1', kind: 'damaged' }]);
    expect(gaps[0]?.what).toBe('batch 2, 7 accesses not shown: its accesses are not those that were signed');
  });

  test('a row that names another access than was sealed there is not shown', async () => {
    using place = scratch();
    const wrong = {
      ...reader,
      async *accesses() {
        yield { id: 'f'.repeat(32), collector: 'fs1', seq: 0, index: 0 };
      },
    };
    const { gaps, accesses } = await write(join(place.folder, 'a.zip'), wrong);
    expect(accesses).toBe(0);
    expect(gaps[0]?.what).toContain('the store names access 0 of it by another id than was sealed');
  });

  test('records that are not those the access was sealed with are not shown', async () => {
    using place = scratch();
    const lying = items('fs1', 5).map((one, n) =>
      n === 2 ? { ...one, lies: { records_sha256: '0'.repeat(64) } } : one,
    );
    const file = join(place.folder, 'a.zip');
    const { gaps } = await write(file, readerOf(hold({ fs1: { items: lying, perBatch: 5 } })));
    expect(gaps[0]?.what).toContain('1 accesses not shown: the records of access 2 are not those it was sealed with');
    expect(await verifyBundle(file, {}, signal())).toMatchObject({ holds: true, accesses: 4, withheld: 1 });
  });

  test('gaps the store knows of travel along', async () => {
    using place = scratch();
    const file = join(place.folder, 'a.zip');
    const silent = {
      source: 'fs1',
      kind: 'silent',
      what: 'nothing arrived',
      from: minute(3),
      until: minute(9),
    } as const;
    await write(file, readerOf(held, { gaps: [silent] }));
    expect(await verifyBundle(file, {}, signal())).toMatchObject({ holds: true, gaps: [silent] });
  });
});

test('evidence is not written over', async () => {
  using place = scratch();
  const file = join(place.folder, 'a.zip');
  await write(file, reader);
  await expect(write(file, reader)).rejects.toMatchObject({ code: 'USAGE' });
});

test('an export that fails leaves nothing behind', async () => {
  using place = scratch();
  const failing = {
    ...reader,
    gaps: () => Promise.reject(new Error('store gone')),
  };
  await expect(write(join(place.folder, 'a.zip'), failing)).rejects.toThrow('store gone');
  expect(filesOf(place.folder)).toEqual([]);
});

test('a collector with a name that is no file name has a file of its own', async () => {
  using place = scratch();
  const odd = hold({ 'a/b c': { items: items('a/b c', 3), perBatch: 2 } });
  const file = join(place.folder, 'a.zip');
  await write(file, readerOf(odd));
  expect(await verifyBundle(file, {}, signal())).toMatchObject({ holds: true, accesses: 3 });
  expect(filesOf(unzip(file, join(place.folder, 'un')))).toContain('data/chain/a~2fb~20c.ndjson');
});

function key({ item }: (typeof held.items)[number]): string {
  return `${item.access.at} ${item.access.id}`;
}
