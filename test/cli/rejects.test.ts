import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, jest, test } from '@jest/globals';
import { configOf, type WrittenFirm, writeFirm } from '../helpers/firm.ts';
import { folder } from '../helpers/folder.ts';
import { expectedOf, ingestedIn } from '../helpers/ingested.ts';
import { captured } from './captured.ts';

jest.setTimeout(400_000);

const importAll = async ({ folder: cwd }: WrittenFirm) =>
  expect((await captured(['import', '--all'], { cwd })).code).toBe(0);
const lines = (text: string) => text.split('\n').slice(0, -1);

describe('the list', () => {
  test('of a firm whose records are all read is empty', async () => {
    using dir = folder();
    writeFirm(dir.path, { records: 0 });
    expect(await captured(['rejects'], { cwd: dir.path })).toEqual({ code: 0, out: '', err: '0 rejects\n' });
  });

  test('names source, file, offset and reason, and shows the beginning of the record', async () => {
    using dir = folder();
    writeFirm(dir.path, { records: 0 });
    const long = `not a record ${'x'.repeat(300)}`;
    const file = dir.file('logs/fs1-a.log');
    writeFileSync(file, Buffer.concat([Buffer.from(`\n${long}\n`), Buffer.of(0xff, 0x0a)]));
    expect((await captured(['import', '--source', 'fs1', file], { cwd: dir.path })).out).toContain('cordon rejects');
    const { code, out, err } = await captured(['rejects'], { cwd: dir.path });
    expect({ code, err }).toEqual({ code: 0, err: '3 rejects\n' });
    expect(lines(out)).toEqual([
      `fs1 ${file}:0: the record is blank (0 bytes) ""`,
      expect.stringMatching(new RegExp(`^fs1 ${file}:1: .* \\(313 bytes\\) "not a record x{107}"…$`)),
      `fs1 ${file}:315: the record is not UTF-8 (1 bytes) "\ufffd"`,
    ]);
  });

  test('--json gives the whole record, in base64 where it is no UTF-8, and --source only that source’s', async () => {
    using dir = folder();
    const firm = writeFirm(dir.path, { records: 300, seed: 3 });
    await importAll(firm);
    const all = lines((await captured(['rejects', '--json'], { cwd: dir.path })).out).map((line) => JSON.parse(line));
    for (const name of ['fs1', 'win3', 'pg1'] as const) {
      const own = await captured(['rejects', '--json', '--source', name], { cwd: dir.path });
      const listed = lines(own.out).map((line) => JSON.parse(line));
      expect(listed).toEqual(all.filter(({ source }) => source === name));
      const raws = listed.map(({ raw }) =>
        typeof raw === 'string' ? Buffer.from(raw) : Buffer.from(raw.base64, 'base64'),
      );
      expect(raws.map(String).sort()).toEqual(firm.logs[name].broken.map(String).sort());
      const file = readFileSync(firm.logs[name].file);
      for (const [i, { position, reason, seen_at, ...rest }] of listed.entries()) {
        expect(Object.keys(rest)).toEqual(['source', 'raw']);
        const offset = Number(position.slice(firm.logs[name].file.length + 1));
        expect(file.subarray(offset, offset + (raws[i]?.length ?? 0))).toEqual(raws[i]);
        expect(reason).toMatch(/\w+ \w+/);
        expect(new Date(seen_at).toISOString()).toBe(seen_at);
      }
    }
    expect(all.some(({ raw }) => typeof raw === 'object')).toBe(true);
  });

  test('takes no other word than replay', async () => {
    using dir = folder();
    writeFirm(dir.path, { records: 0 });
    expect(await captured(['rejects', 'repaly'], { cwd: dir.path })).toEqual({
      code: 2,
      out: '',
      err: 'rejects takes `replay` or nothing, not `repaly`\n',
    });
  });
});

describe('replay', () => {
  test('after a corrected configuration makes accesses of what can be read now, exactly once', async () => {
    using dir = folder();
    const firm = writeFirm(dir.path, { records: 200 });
    writeFileSync(firm.config, JSON.stringify(configOf({ pgPrefix: '%t wrong ' })));
    await importAll(firm);
    const before = await ingestedIn(firm.data);
    expect(before.records['pg1']).toBeUndefined();
    // Nothing was corrected yet.
    const kept = Object.values(before.rejects).flat().length;
    expect(await captured(['rejects', 'replay'], { cwd: dir.path })).toEqual({
      code: 1,
      out: `${kept} tried, 0 read now, ${kept} still unreadable\n`,
      err: '',
    });

    writeFileSync(firm.config, JSON.stringify(configOf()));
    const broken = Object.values(firm.logs).flatMap((log) => log.broken).length;
    const { out } = await captured(['rejects', 'replay'], { cwd: dir.path });
    expect(out).toBe(`${kept} tried, ${kept - broken} read now, ${broken} still unreadable\n`);
    const after = await ingestedIn(firm.data);
    expect({ records: after.records, rejects: after.rejects, odd: after.odd }).toEqual(expectedOf(firm.logs));

    // Once more, and the files once more: all of it is known.
    await captured(['rejects', 'replay'], { cwd: dir.path });
    await importAll(firm);
    expect(await ingestedIn(firm.data)).toEqual(after);
  });

  test('--source tries only that source’s; what belongs to no source any more stays', async () => {
    using dir = folder();
    const firm = writeFirm(dir.path, { records: 0 });
    writeFileSync(firm.logs.fs1.file, 'no samba\n');
    writeFileSync(firm.logs.win3.file, 'no windows\n');
    await importAll(firm);
    const { out } = await captured(['rejects', 'replay', '--source', 'fs1'], { cwd: dir.path });
    expect(out).toBe('1 tried, 0 read now, 1 still unreadable\n');
    const machine = await captured(['rejects', 'replay', '--source', 'fs1', '--json'], { cwd: dir.path });
    expect(JSON.parse(machine.out)).toEqual({ tried: 1, read_now: 0, unreadable: 1 });
    const { win3: _, ...left } = configOf().sources;
    writeFileSync(firm.config, JSON.stringify({ ...configOf(), sources: left }));
    expect(await captured(['rejects', 'replay'], { cwd: dir.path })).toEqual({
      code: 1,
      out: '2 tried, 0 read now, 2 still unreadable\n',
      err: 'win3 is no source any more; what is kept of it stays\n',
    });
  });
});

describe('with rejects_key', () => {
  const secret = 'achan reads the merger plan';
  /** A firm whose source has one record that nobody can read, after the pair was made. */
  async function sealing(dir: ReturnType<typeof folder>) {
    const firm = writeFirm(dir.path, { records: 0 });
    const cordon = (...args: string[]) => captured(args, { cwd: dir.path });
    expect((await cordon('keys', 'issue-rejects', '--out', 'pair')).code).toBe(0);
    const configure = (more: object) => writeFileSync(firm.config, JSON.stringify({ ...configOf(), ...more }));
    configure({ rejects_key: 'pair/rejects.pub.pem' });
    const rejected = async (text: string) => {
      writeFileSync(firm.logs.fs1.file, text);
      return cordon('import', '--source', 'fs1', firm.logs.fs1.file);
    };
    return { firm, cordon, configure, rejected };
  }
  /** All that lies in the data folder and is not the store's. */
  const bytesAt = (dir: ReturnType<typeof folder>) =>
    Buffer.concat(
      readdirSync(dir.file('data'), { recursive: true, encoding: 'utf8' })
        .filter((name) => !name.startsWith('clickhouse'))
        .map((name) => dir.file(`data/${name}`))
        .filter((file) => statSync(file).isFile())
        .map((file) => readFileSync(file)),
    );

  test('nothing of a record lies in the data folder, and without one it does', async () => {
    for (const isThere of [false, true]) {
      using dir = folder();
      const { configure, rejected } = await sealing(dir);
      if (isThere) configure({});
      expect((await rejected(`${secret}\n`)).code).toBe(0);
      expect(bytesAt(dir).includes('merger plan')).toBe(isThere);
    }
  });

  test('the list says what it can, and with the private half all of it', async () => {
    using dir = folder();
    const { firm, cordon, configure, rejected } = await sealing(dir);
    configure({});
    await rejected('kept as it came\n');
    configure({ rejects_key: 'pair/rejects.pub.pem' });
    await rejected(`kept as it came\n${secret}\n`);
    const place = `fs1 ${firm.logs.fs1.file}`;
    const without = await cordon('rejects');
    expect(without).toMatchObject({
      code: 0,
      err: expect.stringMatching(/^2 rejects\n1 of them are sealed for the key [0-9a-f]{16};/),
    });
    expect(lines(without.out)).toEqual([
      expect.stringContaining(`${place}:0: `),
      `${place}:16: the line does not begin with a date and time (${secret.length} bytes, sealed)`,
    ]);
    expect(lines(without.out)[0]).toContain('"kept as it came"');
    const listed = lines((await cordon('rejects', '--json')).out).map((line) => JSON.parse(line));
    expect(listed[0]).toMatchObject({ raw: 'kept as it came' });
    expect(listed[1]).toMatchObject({ sealed: { key: expect.any(String), bytes: secret.length } });
    expect(JSON.stringify(listed[1])).not.toContain('merger');

    const opened = await cordon('rejects', '--key', 'pair/rejects.pem', '--json');
    expect({ code: opened.code, err: opened.err }).toEqual({ code: 0, err: '2 rejects\n' });
    expect(lines(opened.out).map((line) => JSON.parse(line).raw)).toEqual(['kept as it came', secret]);
  });

  test('another private half opens nothing; both of two generations open what is theirs', async () => {
    using dir = folder();
    const { cordon, configure, rejected } = await sealing(dir);
    await rejected('first secret\n');
    await cordon('keys', 'issue-rejects', '--out', 'pair2');
    configure({ rejects_key: 'pair2/rejects.pub.pem' });
    await rejected('first secret\nsecond secret\n');
    const one = await cordon('rejects', '--key', 'pair2/rejects.pem');
    expect(one).toMatchObject({ code: 1, err: expect.stringContaining('1 of them are sealed for the key') });
    expect(one.out).not.toContain('first secret');
    expect(one.out).toContain('second secret');
    const both = await cordon('rejects', '--key', 'pair2/rejects.pem', '--key', 'pair/rejects.pem');
    expect(both).toMatchObject({ code: 0, err: '2 rejects\n' });
  });

  test('replay reads what the private half opens, exactly once, and leaves the rest', async () => {
    using dir = folder();
    const firm = writeFirm(dir.path, { records: 200 });
    await captured(['keys', 'issue-rejects', '--out', 'pair'], { cwd: dir.path });
    const sealed = { rejects_key: 'pair/rejects.pub.pem' };
    writeFileSync(firm.config, JSON.stringify({ ...configOf({ pgPrefix: '%t wrong ' }), ...sealed }));
    await importAll(firm);
    const kept = Object.values((await ingestedIn(firm.data)).rejects).flat().length;
    writeFileSync(firm.config, JSON.stringify({ ...configOf(), ...sealed }));
    expect(await captured(['rejects', 'replay'], { cwd: dir.path })).toMatchObject({
      code: 1,
      out: '0 tried, 0 read now, 0 still unreadable\n',
      err: expect.stringContaining(`${kept} of them are sealed for the key`),
    });
    const broken = Object.values(firm.logs).flatMap((log) => log.broken).length;
    const replay = ['rejects', 'replay', '--key', 'pair/rejects.pem'];
    expect((await captured(replay, { cwd: dir.path })).out).toBe(
      `${kept} tried, ${kept - broken} read now, ${broken} still unreadable\n`,
    );
    const after = await ingestedIn(firm.data);
    expect(after.records).toEqual(expectedOf(firm.logs).records);
    expect(Object.values(after.rejects).flat()).toHaveLength(broken);
    await captured(replay, { cwd: dir.path });
    await importAll(firm);
    expect(await ingestedIn(firm.data)).toEqual(after);
  });

  test('a private half where the public one belongs, and a file that is none, are refused before anything is read', async () => {
    using dir = folder();
    const { cordon, configure, rejected } = await sealing(dir);
    configure({ rejects_key: 'pair/rejects.pem' });
    expect(await rejected(`${secret}\n`)).toMatchObject({
      code: 2,
      err: expect.stringContaining('rejects.pem is not a readable X25519 public key (PEM)'),
    });
    expect(await cordon('rejects')).toMatchObject({ out: '', err: '0 rejects\n' });
    expect(await cordon('rejects', '--key', 'pair/rejects.pub.pem')).toMatchObject({
      code: 2,
      err: expect.stringContaining('is not a readable X25519 private key (PEM)'),
    });
    expect(await cordon('keys', 'issue-rejects', '--out', 'pair')).toMatchObject({
      code: 2,
      err: expect.stringContaining('rejects.pem is there already'),
    });
    expect(statSync(dir.file('pair/rejects.pem')).mode & 0o077).toBe(0);
  });
});
