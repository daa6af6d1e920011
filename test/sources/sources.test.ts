/** From a real server to the list of accesses: what two people really did with the data of two clients, as Cordon tells it. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { captured } from '../cli/captured.ts';
import { eventually } from '../helpers/eventually.ts';
import { type Folder, folder } from '../helpers/folder.ts';
import { describeUnless } from './installed.ts';
import { noPostgres, pgServer } from './pg-server.ts';
import { noSamba, smbServer } from './smb-server.ts';

/** A firm of two people and two clients over one source; `accounts` are those of Ana and Ben. */
function writeFirm(
  dir: Folder,
  source: object,
  resource: (client: string) => object,
  accounts: readonly [string, string],
) {
  const people = ['ana', 'ben'].map((id, n) => ({
    ...{ id, name: id, kind: 'employee', role: 'associate' },
    accounts: { '*': accounts[n] },
  }));
  const clients = ['acme', 'globex'].map((id) => ({ id, name: id, alias: `C-${id}`, resources: [resource(id)] }));
  const firm = { name: 'F', time_zone: 'Europe/London', domains: ['f.example'] };
  writeFileSync(dir.file('directory.yaml'), JSON.stringify({ firm, offices: [], clients, people }));
  const config = { data: './data', directory: './directory.yaml', sources: { s1: source } };
  writeFileSync(dir.file('cordon.yaml'), JSON.stringify(config));
}

interface Listed {
  readonly actor?: string;
  readonly tenant: string;
  readonly action: string;
  readonly outcome: string;
  readonly object?: string;
  readonly rows?: number;
}

/** Cordon runs while `acts` are done; then what it lists of the clients, once all that is `wanted` is there. */
async function toldOf(dir: Folder, acts: () => Promise<void>, wanted: readonly string[]): Promise<readonly string[]> {
  const stop = new AbortController();
  const running = captured(['start', '--role', 'collect,land'], { cwd: dir.path, signal: stop.signal });
  let told: readonly string[] = [];
  try {
    await acts();
    await eventually(async () => {
      const { code, out, err } = await captured(['accesses', '--all', '--json'], { cwd: dir.path });
      expect({ code, err }).toEqual({ code: 0, err: '' });
      const all = out
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Listed);
      told = all
        .filter(({ tenant }) => !tenant.startsWith('_'))
        .map(
          ({ actor, tenant, action, outcome, object = '', rows }) =>
            `${actor} ${action} ${outcome} ${tenant}: ${object.split('/').at(-1)}${rows === undefined ? '' : ` (${rows})`}`,
        );
      expect(told).toEqual(expect.arrayContaining([...wanted]));
    });
  } finally {
    stop.abort();
    expect(await running).toMatchObject({ code: 0 });
  }
  const rejects = await captured(['rejects', '--json'], { cwd: dir.path });
  expect(rejects.out).toBe('');
  return told;
}

describeUnless(noSamba, 'Samba', () => {
  test('files read, written, renamed, deleted and refused, by whom and of which client', async () => {
    using dir = folder();
    // smbd acts as the person who came, who must get there.
    chmodSync(dir.path, 0o755);
    const share = dir.file('clients');
    for (const client of ['acme', 'globex']) {
      mkdirSync(`${share}/${client}`, { recursive: true });
      chmodSync(`${share}/${client}`, 0o777);
      writeFileSync(`${share}/${client}/board.txt`, 'minutes\n');
    }
    writeFileSync(`${share}/globex/sealed.txt`, 'nobody’s\n', { mode: 0o600 });
    // Two accounts that every Debian has.
    await using smb = await smbServer(dir.file('smb'), share, ['games', 'news']);
    writeFirm(dir, { collector: 'samba', tail: smb.log }, (id) => ({ collector: 'samba', path: `${share}/${id}/**` }), [
      'games',
      'news',
    ]);
    const wanted = [
      'ana write success acme: terms.txt',
      'ana read success acme: board.txt',
      'ana rename success acme: terms.txt',
      'ben read success globex: board.txt',
      'ben read failure globex: sealed.txt',
      'ben create success globex: drafts',
      'ben delete success globex: board.txt',
    ];
    const told = await toldOf(
      dir,
      async () => {
        await smb.as('games', 'ls; cd acme; put smb.conf terms.txt; get board.txt; rename terms.txt signed.txt');
        expect(
          await smb.as('news', 'ls; cd globex; ls; get board.txt; mkdir drafts; del board.txt; get sealed.txt'),
        ).toContain('NT_STATUS_ACCESS_DENIED');
      },
      wanted,
    );
    // Folders are walked through besides; nothing else is said to have been done, and nobody to have been where they were not.
    expect(told.filter((line) => !/ list success /.test(line)).sort()).toEqual([...wanted].sort());
    expect(told.filter((line) => /^ana .* globex:|^ben .* acme:/.test(line))).toEqual([]);
  });
});

describeUnless(noPostgres, 'PostgreSQL', () => {
  test('tables read, written, made and exported, by whom, of which client and how many rows', async () => {
    using dir = folder();
    chmodSync(dir.path, 0o755);
    await using pg = await pgServer(dir.file('pg'));
    writeFirm(dir, { collector: 'pgaudit', tail: pg.logs }, (id) => ({ collector: 'pgaudit', schema: `cl_${id}` }), [
      'ana_chan',
      'ben_odell',
    ]);
    const set = ['acme', 'globex'].flatMap((id) => [
      `create schema cl_${id}`,
      `create table cl_${id}.ledger (id int, note text)`,
    ]);
    const rights = [
      'grant all on schema cl_acme to ana_chan',
      'grant all on all tables in schema cl_acme to ana_chan',
      'grant usage on schema cl_globex to ben_odell',
      'grant select, delete on cl_globex.ledger to ben_odell',
      "insert into cl_globex.ledger select n, 'x' from generate_series(1, 7) n",
    ];
    const wanted = [
      'ana write success acme: cl_acme.ledger (3)',
      'ana query success acme: cl_acme.ledger (2)',
      'ana configure success acme: cl_acme.minutes (0)',
      'ben query success globex: cl_globex.ledger (7)',
      'ben delete success globex: cl_globex.ledger (1)',
    ];
    const told = await toldOf(
      dir,
      async () => {
        await pg.as(
          'postgres',
          'create extension pgaudit',
          'create role ana_chan login',
          'create role ben_odell login',
          ...set,
          ...rights,
        );
        await pg.as(
          'ana_chan',
          `insert into cl_acme.ledger select n, 'ü; "x", ' || E'\\n' from generate_series(1, 3) n`,
          'select note\nfrom cl_acme.ledger -- two of "them"\nwhere id > 1',
          'create table cl_acme.minutes (id int)',
        );
        await pg.as('ben_odell', 'select * from cl_globex.ledger', 'delete from cl_globex.ledger where id = 7');
        expect(await pg.as('ben_odell', 'select * from cl_acme.ledger')).toContain('permission denied');
      },
      wanted,
    );
    expect(told.filter((line) => /^(?:ana|ben) /.test(line))).toEqual(expect.arrayContaining(wanted));
    expect(told.filter((line) => /^ana .* globex:|^ben .* acme:/.test(line))).toEqual([]);
  });
});
