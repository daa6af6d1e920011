/** What comes in broken, or meets a machine that is: each time a sentence that names place and remedy, or a counted reject; nothing lost. */
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, jest, test } from '@jest/globals';
import { captured } from '../cli/captured.ts';
import { sambaLine } from '../helpers/edge.ts';
import { configOf, writeFirm } from '../helpers/firm.ts';
import { folder } from '../helpers/folder.ts';
import { expectedOf, ingestedIn } from '../helpers/ingested.ts';
import { openAt } from '../helpers/open-test-store.ts';
import { program } from '../helpers/program.ts';
import { rowsOf } from '../helpers/vault.ts';

jest.setTimeout(400_000);

const imported = async (cwd: string, source: string, file: string) => {
  const { code, out, err } = await captured(['import', '--source', source, file, '--json'], { cwd });
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out).sources[source];
};

describe('a configuration', () => {
  test('with a key that is none says where, and what is nearest', async () => {
    using dir = folder();
    const firm = writeFirm(dir.path, { records: 0 });
    writeFileSync(
      firm.config,
      'data: ./data\ndirectory: ./directory.yaml\nsources:\n  fs1: { colector: samba, tail: a.log }\n',
    );
    const { code, out, err } = await captured(['import', '--all'], { cwd: dir.path });
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/cordon\.yaml:4:10: .*colector.*did you mean `collector`/);
    expect(existsSync(firm.data)).toBe(false);
  });

  test('with a collector that is none says which is nearest', async () => {
    using dir = folder();
    const firm = writeFirm(dir.path, { records: 0 });
    writeFileSync(firm.config, readFileSync(firm.config, 'utf8').replace('"samba"', '"smaba"'));
    const { code, err } = await captured(['import', '--all'], { cwd: dir.path });
    expect(code).toBe(2);
    expect(err).toMatch(/there is no collector `smaba`; did you mean `samba`\?/);
  });
});

describe('a log', () => {
  test('with Samba lines that are long, odd, torn or far in the future: each an access or a reject', async () => {
    using dir = folder();
    const firm = writeFirm(dir.path, { records: 0 });
    const long = 1_200_000;
    const lines = {
      good: sambaLine(1),
      bar: sambaLine(2).replace('paper 2.docx', 'a|b|c.docx'),
      long: sambaLine(3).replace('paper', 'x'.repeat(long)),
      ahead: sambaLine(4).replace(/^2026/, '2036'),
      control: sambaLine(5).replace('paper', '\u0001\t"\\'),
      emoji: sambaLine(6).replace('paper', 'Entwurf 📎 草稿'),
    };
    const rejects = {
      blank: Buffer.from('   '),
      cut: Buffer.from(sambaLine(7).slice(0, 45)),
      nul: Buffer.from(sambaLine(8).replace('paper', 'a\0b')),
      latin1: Buffer.from(sambaLine(9).replace('paper', 'Gr\u00fc\u00dfe'), 'latin1'),
      longNonsense: Buffer.alloc(long, 'nonsense '),
      beyond: Buffer.from(sambaLine(10).replace(/^2026/, '2300')),
    };
    const all = [...Object.values(lines).map((line) => Buffer.from(line)), ...Object.values(rejects)];
    writeFileSync(firm.logs.fs1.file, Buffer.concat(all.flatMap((line) => [line, Buffer.from('\n')])));
    expect(await imported(dir.path, 'fs1', firm.logs.fs1.file)).toEqual({
      read: 12,
      accessed: 6,
      repeats: 0,
      ignored: 0,
      rejects: 6,
    });
    const kept = await ingestedIn(firm.data);
    expect(kept.odd).toEqual([]);
    expect(kept.records['fs1']).toEqual(Object.values(lines).sort());
    expect(kept.rejects['fs1']).toEqual(
      Object.values(rejects)
        .map((raw) => raw.toString('latin1'))
        .sort(),
    );
    await using store = await openAt(firm.data, 'acme', 'globex');
    const rows = await rowsOf<{ object: string; at: string }>(store, 'SELECT object, at FROM accesses ORDER BY at');
    expect(rows.map(({ object }) => object)).toEqual([
      '/srv/clients/acme/paper 1.docx',
      '/srv/clients/acme/a|b|c.docx',
      `/srv/clients/acme/${'x'.repeat(long)} 3.docx`,
      '/srv/clients/acme/\u0001\t"\\ 5.docx',
      '/srv/clients/acme/Entwurf 📎 草稿 6.docx',
      '/srv/clients/acme/paper 4.docx',
    ]);
    expect(rows.at(-1)?.at).toBe('2036-03-04T08:00:04.000Z');
  });

  test('with JSON that is cut, glued, or holds half a surrogate pair', async () => {
    using dir = folder();
    const firm = writeFirm(dir.path, { records: 3 });
    const [one = '', two = '', three = ''] = firm.logs.win3.good;
    const half = two.replace(/paper \d+/, 'paper \\ud83d');
    const lines = [one, half, three.slice(0, 200), `${one}${three}`, '[]', 'null', '{}', '"text"'];
    writeFileSync(firm.logs.win3.file, lines.map((line) => `${line}\n`).join(''));
    const { read, accessed, repeats, ignored, rejects } = await imported(dir.path, 'win3', firm.logs.win3.file);
    expect([read, accessed, repeats + ignored + rejects]).toEqual([8, 2, 6]);
    const kept = await ingestedIn(firm.data);
    expect([kept.records['win3'], kept.odd]).toEqual([[one, half].sort(), []]);
    expect(kept.rejects['win3']).toEqual(expect.arrayContaining([three.slice(0, 200), `${one}${three}`]));
  });

  test('whose last statement never closes its quotes loses no record before or after it', async () => {
    using dir = folder();
    const firm = writeFirm(dir.path, { records: 0 });
    const row = (n: number, statement: string) =>
      `2026-03-04 09:15:${n}.123 UTC,"achan","practice",35316,"10.20.0.7:55316",67a955e2.89f4,${n},"SELECT",2026-03-04 09:14:58 UTC,36/1,0,LOG,00000,"AUDIT: SESSION,${n},1,READ,SELECT,TABLE,cl_acme.ledger,""${statement}"",<none>,1",,,,,,,,,"psql","client backend",,0`;
    const good = [row(10, 'select 1,\n 2'), row(12, 'select 3'), row(13, 'select\n\n4')];
    const cut = row(11, 'select 2').slice(0, 200);
    const { pg1: _, ...sources } = configOf().sources;
    const config = { ...configOf(), sources: { ...sources, pg1: { collector: 'pgaudit', tail: 'logs/pg1.log' } } };
    writeFileSync(firm.config, JSON.stringify(config));
    writeFileSync(firm.logs.pg1.file, [good[0], cut, good[1], good[2]].map((line) => `${line}\n`).join(''));
    await imported(dir.path, 'pg1', firm.logs.pg1.file);
    const kept = await ingestedIn(firm.data);
    expect([kept.records['pg1'], kept.rejects['pg1'], kept.odd]).toEqual([[...good].sort(), [cut], []]);
  });

  test('of eleven years, a record a month, in one batch', async () => {
    using dir = folder();
    const firm = writeFirm(dir.path, { records: 0 });
    const lines = Array.from({ length: 132 }, (_, month) => {
      const at = new Date(Date.UTC(2015, month, 4, 9)).toISOString().slice(0, 19);
      return sambaLine(month).replace(/^[^.]+/, at);
    });
    writeFileSync(firm.logs.fs1.file, lines.map((line) => `${line}\n`).join(''));
    expect((await imported(dir.path, 'fs1', firm.logs.fs1.file)).accessed).toBe(132);
    const kept = await ingestedIn(firm.data);
    expect([kept.records['fs1'], kept.odd]).toEqual([[...lines].sort(), []]);
  });
});

describe('a machine', () => {
  test('on which the port of the pages is taken', async () => {
    using dir = folder();
    const firm = writeFirm(dir.path, { records: 0 });
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    writeFileSync(firm.config, JSON.stringify({ ...configOf(), dashboard: { listen: `127.0.0.1:${port}` } }));
    const { code, err } = await captured(['start'], { cwd: dir.path });
    other.close();
    expect(code).toBe(1);
    expect(err).toBe(
      `port ${port} on 127.0.0.1 is taken by another program; stop that one, or give dashboard.listen another port (0 is any free one)\n`,
    );
  });

  test('on which two imports of one data folder meet: the second is told who is there, the first goes on', async () => {
    using dir = folder();
    const firm = writeFirm(dir.path, { records: 2_000 });
    const first = program(['import', '--all', '--json'], dir.path);
    while (!existsSync(join(firm.data, 'clickhouse', 'endpoint.json'))) await sleep(5);
    const second = await program(['import', '--all'], dir.path).ended;
    expect(second).toEqual({
      code: 1,
      out: '',
      err: `the data folder ${firm.data} is in use by process ${first.child.pid}; stop that process, or give this one a data folder of its own\n`,
    });
    expect(await first.ended).toMatchObject({ code: 0, err: '' });
    const { records, rejects, odd } = await ingestedIn(firm.data);
    expect({ records, rejects, odd }).toEqual(expectedOf(firm.logs));
  });
});
