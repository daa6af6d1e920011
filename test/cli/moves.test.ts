/** `cordon tenants move`: real servers, the embedded one for all clients and one for acme alone; killed at each step, in both directions. */
import { on } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { carryOut, type MoveStepName } from '../../cli/move.ts';
import { planOf } from '../../cli/move-ends.ts';
import { openSecrets } from '../../store/secrets.ts';
import { migrateUser } from '../../store/users.ts';
import { acme, type Movable, movable } from '../helpers/movable.ts';
import { openAt } from '../helpers/open-test-store.ts';
import { killed, program } from '../helpers/program.ts';
import { honestBatch, landAll } from '../helpers/vault-firm.ts';

jest.setTimeout(400_000);
let m: Movable;
let whole: Awaited<ReturnType<Movable['lies']>>;

beforeAll(async () => {
  m = await movable();
  whole = await m.lies('here');
}, 300_000);
afterAll(async () => {
  await m[Symbol.asyncDispose]();
});

const disk = () => join(m.firm.data, 'clickhouse/data/tenants', openSecrets(m.firm.data).diskOf(acme));
const signal = () => AbortSignal.timeout(200_000);
const move = (...more: string[]) => m.cordon('tenants', 'move', 'acme', ...more);

/** At acme's server, as whoever makes tables there. */
async function atAcmes(sql: string): Promise<string> {
  const response = await fetch(`${m.server.url}/?mutations_sync=2`, {
    method: 'POST',
    body: sql,
    headers: {
      'X-ClickHouse-User': migrateUser,
      'X-ClickHouse-Key': openSecrets(m.firm.data).at(m.url).passwordOf(migrateUser),
    },
  });
  return `${response.status} ${await response.text()}`;
}

/** Dies when this step begins, or, of `copy`, in the middle. */
async function killedAt(step: MoveStepName | 'middle'): Promise<void> {
  const context = m.context();
  const plan = planOf(context, acme);
  if (!plan) throw new Error('there is nothing to move');
  const dies = (is: boolean) => {
    if (is) throw new Error('killed');
  };
  const told = {
    signal: signal(),
    onStep: (one: MoveStepName) => dies(one === step),
    onRows: (rows: number) => dies(step === 'middle' && rows > 20),
  };
  await expect(carryOut(context, plan, told)).rejects.toThrow('killed');
}

test('the firm that is moved has something in every table', () => {
  expect(Object.entries(whole ?? {}).map(([table, rows]) => [table, rows.length])).toEqual([
    ['batches', 12],
    ['accesses', 60],
    ['findings', 1],
    ['lessons', 1],
    ['checkpoints', 1],
    ['time_stamps', 1],
  ]);
});

test('it asks twice, a dry run changes nothing, and who is where the configuration says is not moved', async () => {
  expect(await move('--yes', 'acme')).toMatchObject({
    code: 0,
    out: 'acme: lies where the configuration says; there is nothing to move\n',
  });
  m.configure('there');
  const says = `60 accesses in 12 batches of acme: from the store of all clients to ${m.url}.`;
  for (const args of [[], ['--dry-run'], ['--dry-run', '--yes', 'acme']])
    expect(await move(...args)).toMatchObject({ code: 1, out: '', err: expect.stringContaining(says) });
  expect(await move('--yes', 'globex')).toMatchObject({ code: 2, err: expect.stringContaining('which of them?') });
  expect(await m.lies('here')).toEqual(whole);
  expect(await m.lies('there')).toBeUndefined();
});

const directions = [
  { to: 'there', from: 'here' },
  { to: 'here', from: 'there' },
] as const;

const [out, back] = directions;
/** The steps that change something, one way, then the other. */
const kills = [
  ...(['middle', 'check', 'remove', 'settle'] as const).flatMap((step) => directions.map((way) => ({ step, ...way }))),
  { step: 'fence' as const, ...out },
  { step: 'copy' as const, ...back },
];

test.each(kills)(
  'killed at “$step” on its way $to, it is neither read nor landed in a half, and done again it is whole: lost 0, doubled 0',
  async ({ step, to }) => {
    m.configure(to);
    await killedAt(step);
    for (const verb of [
      ['accesses', '--tenant', 'acme', '--json'],
      ['import', '--all'],
    ])
      expect(await m.cordon(...verb)).toMatchObject({
        code: 1,
        out: '',
        err: expect.stringContaining('acme is being moved from one store to another'),
      });
    expect(await move()).toMatchObject({ code: 1, err: expect.stringContaining('A move begun ') });
    expect(await move('--yes', 'acme')).toMatchObject({ code: 0 });
    expect(await m.lies(to)).toEqual(whole);
    if (to === 'here') expect(await m.lies('there')).toBeUndefined();
    else expect(existsSync(disk())).toBe(false);
  },
);

describe.each(directions)('from $from to $to', ({ to }) => {
  test('moved, it is read, audited and landed where it lies now; its keys are kept; the log says it once', async () => {
    const before = (await m.cordon('tenants', 'move', '--json')).out.trim().split('\n').length;
    m.configure(to);
    const { code, out, err } = await move('--yes', 'acme', '--json');
    expect({ code, ...JSON.parse(out) }).toMatchObject({
      code: 0,
      moved: true,
      batches: 12,
      accesses: 60,
      problems: 0,
    });
    expect(err).toContain('auditing both');
    expect((await m.cordon('accesses', '--tenant', 'acme', '--json')).out.trim().split('\n')).toHaveLength(60);
    expect(await m.cordon('audit-chain')).toMatchObject({
      code: 0,
      out: expect.stringContaining('acme: whole: 60 accesses in 12 batches; 1 checkpoints'),
    });
    expect(existsSync(join(m.firm.data, 'keys/tenants/acme.key'))).toBe(true);
    expect(readdirSync(join(m.firm.data, 'moves'))).toEqual([]);
    expect(await m.kept(to)).toBe(4_000);
    const moves = (await m.cordon('tenants', 'move', '--json')).out.trim().split('\n');
    expect(moves).toHaveLength(before + 1);
    expect(JSON.parse(moves.at(-1) ?? '')).toMatchObject({
      op: 'move',
      tenant: 'acme',
      to: to === 'there' ? m.url : 'the store of all clients',
      accesses: 60,
      streams: [
        { collector: 'fs1', last: 5, head: expect.stringMatching(/^[0-9a-f]{64}$/) },
        { collector: 'pg1', last: 5, head: expect.stringMatching(/^[0-9a-f]{64}$/) },
      ],
    });
  });
});

test.each([
  ['copying', out],
  ['removing', back],
] as const)('kill -9 while it says “%s” loses and doubles nothing either', async (says, { to }) => {
  m.configure(to);
  const running = program(['tenants', 'move', 'acme', '--yes', 'acme'], m.firm.path);
  const { stderr } = running.child;
  if (!stderr) throw new Error('the program has no stderr');
  for await (const text of on(stderr, 'data', { close: ['end'] })) if (String(text).includes(says)) break;
  await killed(running);
  expect(await move('--yes', 'acme')).toMatchObject({ code: 0 });
  expect(await m.lies(to)).toEqual(whole);
});

test('what arrived otherwise than it lay is not taken for it, and nothing is removed', async () => {
  m.configure('there');
  const context = m.context();
  const plan = planOf(context, acme);
  if (!plan) throw new Error('there is nothing to move');
  const database = openSecrets(m.firm.data).databaseOf(acme);
  let lost: Promise<string> | undefined;
  const told = {
    signal: signal(),
    onStep: () => undefined,
    // The accesses are over; the findings are not.
    onRows: (_: number, table: string) => {
      if (table === 'findings') lost = atAcmes(`ALTER TABLE ${database}.accesses DELETE WHERE index = 2 AND seq = 4`);
    },
  };
  await expect(carryOut(context, plan, told)).rejects.toMatchObject({
    code: 'EVIDENCE_BROKEN',
    message: expect.stringContaining('accesses of acme, 2026-04-01: 20 rows where it lay'),
  });
  expect(await lost).toBe('200 ');
  expect(await m.lies('here')).toEqual(whole);
  expect(await move('--yes', 'acme')).toMatchObject({ code: 0 });
  expect(await m.lies('there')).toEqual(whole);
  m.configure('here');
  expect(await move('--yes', 'acme')).toMatchObject({ code: 0 });
});

test('begun and not removed yet, it is taken back by putting the configuration back, and landed again', async () => {
  m.configure('there');
  await killedAt('check');
  m.configure('here');
  expect(await move()).toMatchObject({ code: 1, err: expect.stringContaining('It was begun to be moved to http') });
  expect(await move('--yes', 'acme')).toMatchObject({
    code: 0,
    out: `acme: lies at the store of all clients as before; what had been copied to ${m.url} is gone\n`,
  });
  expect(await m.lies('there')).toBeUndefined();
  expect(await m.lies('here')).toEqual(whole);
  await using store = await openAt(m.firm.data, 'acme', 'globex');
  const [stream] = m.streams;
  if (stream) await landAll(store, [honestBatch(stream, 2)], signal());
});

test('removed where it lay, it is first brought to its end', async () => {
  whole = await m.lies('here');
  m.configure('there');
  await killedAt('settle');
  m.configure('here');
  expect(await move('--yes', 'acme')).toMatchObject({
    code: 2,
    err: expect.stringContaining('is on its way from the store of all clients to http'),
  });
  m.configure('there');
  expect(await move('--yes', 'acme')).toMatchObject({ code: 0 });
  expect(await m.lies('there')).toEqual(whole);
});
