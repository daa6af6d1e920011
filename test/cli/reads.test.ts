/** Who read what: written down as it is read, chained, signed for at each checkpoint, and missed when it is gone. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { loadContext } from '../../cli/context.ts';
import { signReads } from '../../cli/read-heads.ts';
import type { ReadLine } from '../../store/reads/read-log.ts';
import { openAt } from '../helpers/open-test-store.ts';
import { Stream } from '../helpers/stream.ts';
import { honestBatch, landAll, type VaultFirm, vaultFirm } from '../helpers/vault-firm.ts';
import { captured } from './captured.ts';

jest.setTimeout(400_000);
const signal = AbortSignal.timeout(400_000);
let firm: VaultFirm;
beforeAll(async () => {
  firm = vaultFirm({ acme: '', globex: '' });
  await using store = await openAt(firm.data, 'acme', 'globex');
  const stream = new Stream('fs1', 'acme');
  await landAll(store, [honestBatch(stream, 7)], signal);
}, 180_000);
afterAll(() => firm[Symbol.dispose]());

const cordon = (...args: string[]) => captured(args, { cwd: firm.path, signal });
const readsOf = async (...args: string[]): Promise<ReadLine[]> =>
  (await cordon('reads', '--json', ...args)).out
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as ReadLine);

test('each reading of a person is there: who, which client, what for, which question, how many rows', async () => {
  const { out } = await cordon('accesses', '--tenant', 'acme', '--json', '--purpose', 'matter 7');
  expect(out.split('\n').length - 1).toBe(7);
  await cordon('timeline', '--tenant', 'globex');
  const lines = await readsOf('--people');
  const mine = lines.filter(({ purpose }) => purpose === 'accesses: matter 7');
  expect(mine.length).toBeGreaterThan(0);
  for (const line of mine) expect(line).toMatchObject({ who: userInfo().username, kind: 'person', tenant: 'acme' });
  // In which hours there is anything, the accesses, and the batch that their raw records lie in.
  // An answer that takes its second is two lines of one question.
  const rowsOf = new Map<string, number>();
  for (const { query, rows } of mine) rowsOf.set(query, (rowsOf.get(query) ?? 0) + rows);
  expect([...rowsOf.values()].sort()).toEqual([1, 1, 7]);
  expect(mine.every(({ query }) => /^[0-9a-f]{64}$/.test(query))).toBe(true);
  expect((await readsOf('--tenant', 'globex')).map(({ purpose }) => purpose)).toContain('timeline');
  expect((await readsOf('--tenant', 'globex')).every(({ tenant }) => tenant === 'globex')).toBe(true);
});

test('many at once keep one chain', async () => {
  const before = (await readsOf()).length;
  await Promise.all(Array.from({ length: 4 }, () => cordon('timeline', '--tenant', 'acme')));
  const after = await readsOf();
  expect(after.length).toBeGreaterThanOrEqual(before + 4);
  expect(after.map(({ n }) => n)).toEqual(after.map((_, i) => i));
});

describe('what somebody did to the log is found', () => {
  const file = () => {
    const [month = ''] = readdirSync(join(firm.data, 'reads')).filter((name) => /^\d/.test(name));
    return join(firm.data, 'reads', month);
  };
  const tampered = async (change: (lines: string[]) => string[]) => {
    const kept = readFileSync(file(), 'utf8');
    writeFileSync(file(), change(kept.split('\n')).join('\n'));
    try {
      return await cordon('reads', '--check');
    } finally {
      writeFileSync(file(), kept);
    }
  };

  test('a line changed, dropped or put in: the line is named', async () => {
    await cordon('timeline', '--tenant', 'acme');
    const named = { code: 1, err: expect.stringMatching(/ndjson:\d+: the log of readings was changed here/) };
    expect(await tampered(([first = '', ...more]) => [first.replace('acme', 'globex'), ...more])).toMatchObject(named);
    expect(await tampered(([first = '', , ...more]) => [first, ...more])).toMatchObject(named);
    expect(await tampered(([first = '', ...more]) => [first, first, ...more])).toMatchObject(named);
    expect((await cordon('reads', '--check')).code).toBe(0);
  });

  test('its end cut off, or its last line written anew, after a checkpoint signed for it', async () => {
    const { config } = loadContext({}, { env: {}, cwd: firm.path } as Parameters<typeof loadContext>[1]);
    await signReads(config, Date.now(), AbortSignal.timeout(10_000));
    await signReads(config, Date.now(), AbortSignal.timeout(10_000));
    expect((await cordon('reads', '--check')).err).toMatch(/1 signed heads fit/);
    const cut = await tampered((lines) => [...lines.slice(0, -2), '']);
    expect({ code: cut.code, err: cut.err }).toEqual({ code: 1, err: expect.stringContaining('its end was cut off') });
    const anew = await tampered((lines) => [...lines.slice(0, -2), (lines.at(-2) ?? '').replace('acme', 'globex'), '']);
    expect({ code: anew.code, err: anew.err }).toEqual({
      code: 1,
      err: expect.stringContaining('is not the one that the vault signed for'),
    });
  });

  test('what a crash left of a line states nothing, and the next reading takes its place', async () => {
    const lines = (await readsOf()).length;
    writeFileSync(file(), `${readFileSync(file(), 'utf8')}{"n":99,"at`);
    expect((await readsOf()).length).toBe(lines);
    await cordon('timeline', '--tenant', 'acme');
    expect((await readsOf()).length).toBeGreaterThan(lines);
  });
});

test('a purpose that is longer than a line may be is refused before anything is read', async () => {
  const { code, out, err } = await cordon('accesses', '--tenant', 'acme', '--json', '--purpose', 'x'.repeat(1_001));
  expect({ code, out, err }).toEqual({
    code: 2,
    out: '',
    err: expect.stringContaining('--purpose takes 1000 characters'),
  });
});
