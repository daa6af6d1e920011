import { execFileSync } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import {
  cpSync,
  createWriteStream,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { describe, expect, test } from '@jest/globals';
import { ZipFile } from 'yazl';
import { dice } from '../../cli/demo/dice.ts';
import { type KeysGiven, type Verdict, verifyBundle } from '../../evidence/verify.ts';
import { editLines, exporter, filesOf, resign, scratch, signal, unzip, write } from '../helpers/bundle.ts';
import { fixedKey, hold, items, readerOf, seal } from '../helpers/sealed.ts';

const held = hold({ fs1: { items: items('fs1', 40), perBatch: 7 }, m365: { items: items('m365', 20), perBatch: 6 } });
const reader = readerOf(held);

const verify = (path: string, given: KeysGiven = {}): Promise<Verdict> => verifyBundle(path, given, signal());
const named = ({ problems }: Verdict): string[] => problems.map(({ file }) => file);

/** A fresh unpacked bundle that the test may damage. */
async function unpacked(folder: string): Promise<string> {
  const file = join(folder, 'a.zip');
  await write(file, reader);
  return unzip(file, join(folder, 'un'));
}

const flip = (bytes: Buffer, bit: number): Buffer => {
  const flipped = Buffer.from(bytes);
  flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return flipped;
};

describe('one flipped bit', () => {
  test('in any file of the unpacked bag is found, and the file named', async () => {
    using place = scratch();
    const base = await unpacked(place.folder);
    expect(await verify(base)).toMatchObject({ holds: true, accesses: 60 });
    const random = dice(1).roll;
    for (const name of filesOf(base)) {
      const whole = readFileSync(join(base, name));
      for (let round = 0; round < 8; round += 1) {
        const bit = round === 0 ? 5 : round === 1 ? whole.length * 8 - 3 : Math.floor(random() * whole.length * 8);
        writeFileSync(join(base, name), flip(whole, bit));
        const verdict = await verify(base);
        expect({ name, bit, holds: verdict.holds }).toEqual({ name, bit, holds: false });
        expect(JSON.stringify(verdict.problems)).toContain(name);
      }
      writeFileSync(join(base, name), whole);
    }
    expect(await verify(base)).toMatchObject({ holds: true });
  }, 400_000);

  test('in any place of the zip is found: 250 of them', async () => {
    using place = scratch();
    const file = join(place.folder, 'a.zip');
    await write(file, reader);
    const whole = readFileSync(file);
    const random = dice(2).roll;
    for (let round = 0; round < 250; round += 1) {
      const bit = Math.floor(random() * whole.length * 8);
      writeFileSync(file, flip(whole, bit));
      const { holds, problems } = await verify(file);
      expect({ bit, holds, named: problems.length > 0 }).toEqual({ bit, holds: false, named: true });
    }
  }, 400_000);

  test.each([
    ['data/accesses.ndjson', /^line 9 \(access [0-9a-f]{32}\)$/],
    ['data/records.ndjson', /^line 9 \(access [0-9a-f]{32}\)$/],
  ])('in a line of %s names the access', async (name, where) => {
    using place = scratch();
    const base = await unpacked(place.folder);
    editLines(join(base, name), (lines) => lines.map((line, n) => (n === 8 ? line.replace('read', 'reae') : line)));
    const { problems } = await verify(base);
    expect(problems).toContainEqual({ file: name, where: expect.stringMatching(where), what: expect.anything() });
    expect(problems).toHaveLength(2);
  });
});

describe('somebody who changes the content and signs the bundle anew with a key of their own', () => {
  async function forged(folder: string, change: (base: string) => void, given: KeysGiven = {}): Promise<Verdict> {
    const base = await unpacked(folder);
    change(base);
    resign(base, fixedKey('forger'));
    return verify(base, given);
  }
  const data = (base: string, name: string) => join(base, 'data', name);
  const trio = ['accesses.ndjson', 'records.ndjson', 'proofs.ndjson'];
  const without = (n: number) => (lines: string[]) => lines.filter((_, index) => index !== n);
  const swapped = (lines: string[]) => [lines[1] ?? '', lines[0] ?? '', ...lines.slice(2)];

  test('is found by the custody, which names another key, and by the exporter’s key where it was given', async () => {
    using place = scratch();
    const given = { exporter: createPublicKey(exporter) };
    const verdict = await forged(place.folder, () => {}, given);
    expect(named(verdict)).toEqual(expect.arrayContaining(['exporter.pub.pem', 'manifest.sig']));
  });

  test('is found by the custody alone where no key was given', async () => {
    using place = scratch();
    expect((await forged(place.folder, () => {})).problems).toEqual([
      {
        file: 'data/custody.ndjson',
        what: 'its last act was done with another key than the one that signed the bundle',
      },
    ]);
  });

  test.each([
    ['the client', '"tenant":"acme"', '"tenant":"globex"', 'it holds a stream of another client'],
    ['the beginning', '2026-03-04T08:00', '2026-03-04T08:02', 'is outside the range that was asked for'],
    ['the end', /"until":"[^"]*"/, '"until":"2026-03-04T08:20:00.000Z"', 'is outside the range that was asked for'],
    ['the actor', '"tenant":"acme"', '"tenant":"acme","actor":"ana"', 'is of another actor than was asked for'],
  ])('cannot change %s in the question', async (_, from, to, what) => {
    using place = scratch();
    const { problems } = await forged(place.folder, (base) =>
      editLines(data(base, 'custody.ndjson'), (lines) => lines.map((line) => line.replace(from, to))),
    );
    expect(problems).toContainEqual(expect.objectContaining({ what }));
  });

  test('cannot hide where a stream begins', async () => {
    using place = scratch();
    const { problems } = await forged(place.folder, (base) =>
      writeFileSync(data(base, 'gaps.json'), '{"streams":[],"gaps":[]}'),
    );
    expect(problems).toContainEqual({
      file: 'data/gaps.json',
      what: 'the streams it names are not those that the chain files show',
    });
  });

  test('cannot give a stream another name', async () => {
    using place = scratch();
    const { problems } = await forged(place.folder, (base) => {
      renameSync(data(base, 'chain/fs1.ndjson'), data(base, 'chain/fs2.ndjson'));
      renameSync(data(base, 'keys/fs1.pub.pem'), data(base, 'keys/fs2.pub.pem'));
    });
    expect(problems).toContainEqual({ file: 'data/chain/fs2.ndjson', what: 'it holds the stream of fs1' });
  });

  test('cannot add a line to a header block, nor write its signature in another way', async () => {
    using place = scratch();
    const block = await forged(place.folder, (base) =>
      editLines(data(base, 'chain/fs1.ndjson'), (lines) => lines.map((line) => line.replace('br\\n', 'br\\nx: y\\n'))),
    );
    expect(block.problems).toContainEqual({
      file: 'data/chain/fs1.ndjson',
      what: 'a header block is not written as header blocks are',
    });
    using other = scratch();
    const next: Readonly<Record<string, string>> = { A: 'B', Q: 'R', g: 'h', w: 'x' };
    const sig = await forged(other.folder, (base) =>
      editLines(data(base, 'chain/fs1.ndjson'), (lines) =>
        lines.map((line) => line.replace(/(.)==/, (_, c) => `${next[c]}==`)),
      ),
    );
    expect(sig.problems[1]?.what).toBe("batch 0 is not signed by the collector's key");
  });

  test('cannot change a line', async () => {
    using place = scratch();
    const { problems } = await forged(place.folder, (base) =>
      editLines(data(base, 'accesses.ndjson'), ([first = '', ...rest]) => [first.replace('"jo"', '"me"'), ...rest]),
    );
    expect(problems).toContainEqual(
      expect.objectContaining({ file: 'data/accesses.ndjson', where: expect.stringContaining('line 1 (access') }),
    );
  });

  test('cannot change a line and its id, its salt or its proof', async () => {
    using place = scratch();
    const { problems } = await forged(place.folder, (base) =>
      editLines(data(base, 'proofs.ndjson'), (lines) =>
        lines.map((line) => line.replace(/"salt":"[0-9a-f]/, '"salt":"x')),
      ),
    );
    expect(problems).toContainEqual({ file: 'data/proofs.ndjson', where: 'line 1', what: 'is no proof' });
  });

  test('cannot swap the records of two accesses', async () => {
    using place = scratch();
    const verdict = await forged(place.folder, (base) =>
      editLines(data(base, 'records.ndjson'), (lines) => {
        const [a = { id: '', raw: [] }, b = { id: '', raw: [] }] = lines
          .slice(2, 4)
          .map((line) => JSON.parse(line) as { id: string; raw: unknown[] });
        const [first = '', second = '', , , ...rest] = lines;
        return [first, second, JSON.stringify({ ...a, raw: b.raw }), JSON.stringify({ ...b, raw: a.raw }), ...rest];
      }),
    );
    expect(verdict.problems.filter(({ file }) => file === 'data/records.ndjson')).toHaveLength(2);
    expect(verdict.problems).toContainEqual({
      file: 'data/records.ndjson',
      where: expect.stringContaining('line 3 (access'),
      what: 'its records are not those that the access was sealed with',
    });
  });

  test('cannot reorder accesses', async () => {
    using place = scratch();
    const { problems } = await forged(place.folder, (base) => {
      for (const name of trio) editLines(data(base, name), swapped);
    });
    expect(problems).toContainEqual(expect.objectContaining({ what: 'is out of order or repeated' }));
  });

  test('cannot show an access twice', async () => {
    using place = scratch();
    const { problems } = await forged(place.folder, (base) => {
      for (const name of trio) editLines(data(base, name), ([first = '', ...rest]) => [first, first, ...rest]);
    });
    expect(problems).toContainEqual(expect.objectContaining({ what: 'is out of order or repeated' }));
  });

  test('cannot leave an access out of a whole range without its being counted', async () => {
    using place = scratch();
    const verdict = await forged(place.folder, (base) => {
      for (const name of trio) editLines(data(base, name), without(4));
    });
    expect(verdict).toMatchObject({ accesses: 59, withheld: 1, undisclosed: 1 });
  });

  test.each([
    ['drop a batch from the chain', without(2), 'batch 2 is missing before batch 3'],
    [
      'drop several',
      (lines: string[]) => [lines[0] ?? '', ...lines.slice(3)],
      'batch 1 to 2 is missing before batch 3',
    ],
    ['reorder the chain', swapped, 'batch 0 comes after batch 1: out of order or repeated'],
    [
      'renumber a header',
      (lines: string[]) => lines.map((line) => line.replace('seq: 3', 'seq: 2')),
      'batch 2 comes after batch 2: out of order or repeated',
    ],
    [
      'change a header',
      (lines: string[]) => lines.map((line) => line.replace('count: 7', 'count: 8')),
      "batch 0 is not signed by the collector's key",
    ],
  ])('cannot %s', async (_, edit, what) => {
    using place = scratch();
    const { problems } = await forged(place.folder, (base) => editLines(data(base, 'chain/fs1.ndjson'), edit));
    expect(problems).toContainEqual({ file: 'data/chain/fs1.ndjson', where: expect.stringContaining('batch'), what });
  });

  test('cannot make a stream of their own where the collector’s key is known', async () => {
    using place = scratch();
    const file = join(place.folder, 'a.zip');
    const forger = fixedKey('forger');
    const keys = new Map([['fs1', forger]]);
    const made = { ...held, keys, batches: seal('fs1', items('fs1', 40), 7, forger), items: held.items.slice(0, 40) };
    await write(file, readerOf(made));
    expect(await verify(file)).toMatchObject({ holds: true, collectors: [{ name: 'fs1', given: false }] });
    const known = new Map([['fs1', [createPublicKey(fixedKey('fs1'))]]]);
    const { problems } = await verify(file, { collectors: known });
    expect(problems[0]).toMatchObject({ file: 'data/chain/fs1.ndjson', where: 'batch 0' });
  });

  test('cannot change what bag-info.txt says', async () => {
    using place = scratch();
    const verdict = await forged(place.folder, (base) =>
      editLines(join(base, 'bag-info.txt'), (lines) => lines.map((line) => line.replace('2026-04-01', '2026-03-01'))),
    );
    expect(named(verdict)).toContain('bag-info.txt');
  });
});

test.each([
  ['its place', { index: 3 }, 'says it lies elsewhere than its proof says'],
  ['its client', { tenant: 'globex' }, 'is of another client than was asked for'],
])('a collector that lied about %s when it sealed is found', async (_, lies, what) => {
  using place = scratch();
  const lying = items('fs1', 5).map((item, n) => (n === 2 ? { ...item, lies: { index: n, ...lies } } : item));
  const file = join(place.folder, 'a.zip');
  await write(file, readerOf(hold({ fs1: { items: lying, perBatch: 5 } })));
  const { problems } = await verify(file);
  expect(problems[0]).toMatchObject({ file: 'data/accesses.ndjson', where: expect.stringContaining('line 3'), what });
});

describe('files', () => {
  test('an extra one is named', async () => {
    using place = scratch();
    const base = await unpacked(place.folder);
    writeFileSync(join(base, 'data/extra.txt'), 'x');
    expect((await verify(base)).problems).toContainEqual({
      file: 'data/extra.txt',
      what: 'is on no list: it was added afterwards',
    });
  });

  test.each([
    'data/records.ndjson',
    'data/chain/fs1.ndjson',
    'data/keys/m365.pub.pem',
    'bagit.txt',
    'manifest.sig',
    'data/gaps.json',
  ])('%s is missed when it is gone', async (name) => {
    using place = scratch();
    const base = await unpacked(place.folder);
    rmSync(join(base, name));
    expect((await verify(base)).problems).toContainEqual({
      file: name,
      what: expect.stringMatching(/^is missing, and (tag)?manifest-sha256.txt lists it$/),
    });
  });

  test('two of them exchanged are both named', async () => {
    using place = scratch();
    const base = await unpacked(place.folder);
    renameSync(join(base, 'data/keys/fs1.pub.pem'), join(base, 'x'));
    renameSync(join(base, 'data/keys/m365.pub.pem'), join(base, 'data/keys/fs1.pub.pem'));
    renameSync(join(base, 'x'), join(base, 'data/keys/m365.pub.pem'));
    expect(named(await verify(base))).toEqual(
      expect.arrayContaining(['data/keys/fs1.pub.pem', 'data/keys/m365.pub.pem']),
    );
  });

  test('a link is not followed', async () => {
    using place = scratch();
    const base = await unpacked(place.folder);
    cpSync(join(base, 'data/gaps.json'), join(place.folder, 'outside.json'));
    rmSync(join(base, 'data/gaps.json'));
    symlinkSync(join(place.folder, 'outside.json'), join(base, 'data/gaps.json'));
    expect(named(await verify(base))).toContain('data/gaps.json');
  });

  test('an unpacked bundle may be checked by the folder it was unpacked into', async () => {
    using place = scratch();
    await unpacked(place.folder);
    expect(await verify(join(place.folder, 'un'))).toMatchObject({ holds: true, accesses: 60 });
  });
});

describe('a container', () => {
  test('packed again by another program holds, with a note', async () => {
    using place = scratch();
    const base = await unpacked(place.folder);
    execFileSync('zip', ['-qr', join(place.folder, 'b.zip'), '.'], { cwd: base });
    const verdict = await verify(join(place.folder, 'b.zip'));
    expect(verdict).toMatchObject({ holds: true, accesses: 60 });
    expect(verdict.notes).toHaveLength(1);
  });

  test('cut short at any length is told apart from a bundle', async () => {
    using place = scratch();
    const file = join(place.folder, 'a.zip');
    await write(file, reader);
    const whole = readFileSync(file);
    for (const part of [0, 1, 21, 22, 500, whole.length >> 1, whole.length - 65, whole.length - 1]) {
      truncateSync(file, 0);
      writeFileSync(file, whole.subarray(0, part));
      expect({ part, ...(await verify(file)) }).toMatchObject({ part, holds: false, problems: [{ file: 'a.zip' }] });
    }
  });

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('hello')],
    ['a zip header and no more', Buffer.from('504b0304', 'hex')],
    ['an end record with wild numbers', Buffer.from(`504b0506${'ff'.repeat(16)}0000`, 'hex')],
    ['noise', Buffer.from(Array.from({ length: 5_000 }, (_, i) => (i * i * 31) % 251))],
  ])('that is %s is a problem and not a crash', async (_, bytes) => {
    using place = scratch();
    const file = join(place.folder, 'x.zip');
    writeFileSync(file, bytes);
    expect(await verify(file)).toMatchObject({ holds: false, problems: [{ file: 'x.zip' }] });
  });

  test('that is an empty folder is a problem', async () => {
    using place = scratch();
    mkdirSync(join(place.folder, 'empty'));
    expect(await verify(join(place.folder, 'empty'))).toMatchObject({ holds: false });
  });

  test('that would unpack to a disk full is not unpacked', async () => {
    using place = scratch();
    const file = join(place.folder, 'bomb.zip');
    const zip = new ZipFile();
    const zeros = Buffer.alloc(64 * 1024 * 1024);
    for (let i = 0; i < 5; i += 1) zip.addBuffer(zeros, `b/data/${i}`);
    zip.end();
    await pipeline(zip.outputStream, createWriteStream(file));
    expect((await verify(file)).problems).toEqual([
      { file: 'bomb.zip', what: 'would unpack to more than 200 times its size; it is not unpacked' },
    ]);
  });

  test('that is not there is not a verdict', async () => {
    await expect(verify('/nowhere/a.zip')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
