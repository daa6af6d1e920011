import { mkdirSync, writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { sambaLine, sambaLines } from '../helpers/edge.ts';
import { writeFirm } from '../helpers/firm.ts';
import { folder } from '../helpers/folder.ts';
import { captured } from './captured.ts';

const lines = (out: string) =>
  out
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));

const piped = (input: readonly (string | Buffer)[], args: readonly string[]) =>
  captured(['parse', ...args], { in: Readable.from(input) });

test('a record becomes an access with its directory’s tenant and person; unknown is absent', async () => {
  using dir = folder();
  writeFirm(dir.path, { records: 0 });
  writeFileSync(dir.file('a.log'), `${sambaLine(1)}\n${sambaLine(2, { client: 'nobody', user: 'guest' })}\n`);
  const args = ['parse', '--collector', 'samba', '--source', 'fs1', '--directory', 'directory.yaml'];
  const { code, out, err } = await captured([...args, '--seen', '2026-03-05T00:00:00Z', 'a.log'], { cwd: dir.path });
  expect({ code, err }).toEqual({ code: 0, err: '2 records: 2 accesses, 0 of no interest, 0 rejects\n' });
  const [first, second] = lines(out);
  expect(first).toEqual({
    id: expect.stringMatching(/^[0-9a-f]{32}$/),
    at: '2026-03-04T08:00:01.000Z',
    seen_at: '2026-03-05T00:00:00.000Z',
    tenant: 'acme',
    source: 'fs1',
    class: 'file',
    action: 'read',
    outcome: 'success',
    actor: 'p1',
    account: 'achan',
    actor_kind: 'person',
    object: '/srv/clients/acme/paper 1.docx',
    object_kind: 'file',
    ip: '10.20.0.7',
    host: 'pc7',
    session: '77',
    count: 1,
    attributed_by: 'path',
    records_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(second).toMatchObject({
    tenant: '_unattributed',
    attributed_by: 'none',
    account: 'guest',
    actor_kind: 'unknown',
  });
  expect(second).not.toHaveProperty('actor');
});

test('without a directory nothing is attributed, and the source is named after the collector', async () => {
  const { out } = await piped([`${sambaLine(1)}\n`], ['--collector', 'samba']);
  expect(lines(out)[0]).toMatchObject({ tenant: '_unattributed', attributed_by: 'none', source: 'samba' });
});

test.each([[[]], [['-']]])('stdin is read with %j, cut anywhere', async (args) => {
  const bytes = Buffer.from(
    sambaLines(20)
      .map((line) => `${line}\n`)
      .join('')
      .slice(0, -1),
  );
  const pieces = Array.from({ length: Math.ceil(bytes.length / 37) }, (_, i) => bytes.subarray(i * 37, i * 37 + 37));
  const { code, out } = await piped(pieces, ['--collector', 'samba', ...args]);
  expect(code).toBe(0);
  expect(lines(out).map(({ object }) => object)).toEqual(
    Array.from({ length: 20 }, (_, n) => `/srv/clients/acme/paper ${n}.docx`),
  );
});

describe('a reject', () => {
  test('is listed with its place and reason, the others go on, and the exit code is 1', async () => {
    using dir = folder();
    const [a, b] = [sambaLine(1), sambaLine(2)];
    writeFileSync(dir.file('a.log'), Buffer.concat([Buffer.from(`${a}\nnonsense\n${b}\n`), Buffer.of(0xff, 10)]));
    const { code, out, err } = await captured(['parse', '--collector', 'samba', 'a.log'], { cwd: dir.path });
    expect(code).toBe(1);
    expect(lines(out)).toHaveLength(2);
    expect(err.split('\n')).toEqual([
      expect.stringMatching(new RegExp(`^a\\.log:${a.length + 1}: the .*`)),
      `a.log:${a.length + b.length + 11}: the record is not UTF-8`,
      '4 records: 2 accesses, 0 of no interest, 2 rejects',
      '',
    ]);
  });

  test('is only counted after the hundredth', async () => {
    const { err } = await piped(['nonsense\n'.repeat(150)], ['--collector', 'samba']);
    const said = err.split('\n');
    expect(said).toHaveLength(103);
    expect(said.slice(100)).toEqual([
      'further rejects are only counted',
      '150 records: 0 accesses, 0 of no interest, 150 rejects',
      '',
    ]);
  });
});

test('the same records have the same ids in every run, and repeats are left as they are', async () => {
  const input = [`${sambaLine(1)}\n${sambaLine(1)}\n`];
  const runs = [await piped(input, ['--collector', 'samba']), await piped(input, ['--collector', 'samba'])];
  const ids = runs.flatMap(({ out }) => lines(out).map(({ id }) => id));
  expect(ids).toHaveLength(4);
  expect(new Set(ids).size).toBe(1);
  const other = await piped(input, ['--collector', 'samba', '--source', 'fs2']);
  expect(lines(other.out)[0].id).not.toBe(ids[0]);
});

test('settings of the format are flags', async () => {
  const stderr =
    '2026-03-04 09:15:02.123 UTC [1554] ana@practice LOG:  AUDIT: SESSION,1,1,READ,SELECT,TABLE,cl_acme.ledger,select 1,<none>,1';
  const args = ['--collector', 'pgaudit', '--log-line-prefix', '%m [%p] %u@%d '];
  const { code, out } = await piped([`${stderr}\n`], args);
  expect([code, lines(out)[0]]).toMatchObject([0, { account: 'ana', class: 'database', rows: 1 }]);
  const bsd = 'Mar  4 09:15:02 fs2 smbd_audit[1]: jo|10.0.0.7|pc|clients|openat|ok|r|/srv/a';
  const seen = ['--time-zone', 'America/Toronto', '--seen', '2026-03-05T00:00:00Z'];
  expect(lines((await piped([`${bsd}\n`], ['--collector', 'samba', ...seen])).out)[0].at).toBe(
    '2026-03-04T14:15:02.000Z',
  );
});

describe('used wrongly it says what to write', () => {
  test.each([
    [[], 'name the format with --collector\n'],
    [['--collector', 'smaba'], /^there is no collector `smaba`; there are .*samba/],
    [['--collector', 'samba', '--seen', 'yesterday'], /^--seen takes a time such as/],
    [['--collector', 'samba', '--time-zone', 'Mars/Olympus'], /Mars\/Olympus/],
    [['--collector', 'pgaudit', '--log-line-prefix', '%Q'], /log_line_prefix/],
    [['--collector', 'samba', '--directory', 'none.yaml'], /none\.yaml/],
  ] as [string[], string | RegExp][])('%j', async (args, message) => {
    using dir = folder();
    const { code, out, err } = await captured(['parse', ...args], { cwd: dir.path });
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(message);
    expect(err).not.toContain('bug in cordon');
  });

  test.each([
    ['none.log', 'none.log cannot be read (ENOENT)\n'],
    ['logs', 'logs cannot be read (EISDIR)\n'],
  ])('%s', async (name, message) => {
    using dir = folder();
    mkdirSync(dir.file('logs'));
    expect(await captured(['parse', '--collector', 'samba', name], { cwd: dir.path })).toEqual({
      code: 1,
      out: '',
      err: message,
    });
  });
});
