import { readFileSync, writeFileSync } from 'node:fs';
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
    const { win3: _, ...left } = configOf().sources;
    writeFileSync(firm.config, JSON.stringify({ ...configOf(), sources: left }));
    expect(await captured(['rejects', 'replay'], { cwd: dir.path })).toEqual({
      code: 1,
      out: '2 tried, 0 read now, 2 still unreadable\n',
      err: 'win3 is no source any more; what is kept of it stays\n',
    });
  });
});
