import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { spend } from '../../alerts/budget.ts';
import { candidateOf, Refusals } from '../../cli/refusals.ts';
import { tenantId } from '../../core/types.ts';
import { Spool } from '../../ingest/spool.ts';
import { flushOf } from '../helpers/flush.ts';
import { openTestStore, type TestStore } from '../helpers/open-test-store.ts';
import { fixedKey } from '../helpers/sealed.ts';
import { Stream } from '../helpers/stream.ts';
import { vaultFirm } from '../helpers/vault-firm.ts';
import { captured } from './captured.ts';

jest.setTimeout(400_000);
let opened: TestStore;
beforeAll(async () => {
  opened = await openTestStore('acme');
});
afterAll(async () => await opened[Symbol.asyncDispose]());

const signal = AbortSignal.timeout(400_000);
const [acme, globex] = [tenantId('acme'), tenantId('globex')];
const forged = 'its signature does not hold';
const at = Date.parse('2026-03-04T09:15:02.000Z');

test('a batch that is refused while others are saved is saved with the next', async () => {
  const here = new Refusals(() => at - 30 * 86_400_000);
  here.note({ tenant: acme, collector: 'pg1', seq: 1, reason: forged });
  const saving = here.save(opened.store, signal);
  here.note({ tenant: acme, collector: 'pg1', seq: 2, reason: forged });
  await saving;
  await here.save(opened.store, signal);
  const told = await new Refusals(() => at - 30 * 86_400_000).candidates(opened.store, signal);
  expect(told.map(({ because }) => because[0])).toEqual([
    '2 batches of source pg1 for client acme were refused: its signature does not hold (numbers 1 to 2)',
  ]);
});

test('what two landers refused, and one again after a restart, is one sum, whoever saves last', async () => {
  const day = at - 90 * 86_400_000;
  const landers = [1, 2, 3].map((n) => ({ n, counts: new Refusals(() => day + n) }));
  for (const { n, counts } of landers)
    for (let seq = 0; seq < n; seq += 1)
      counts.note({ tenant: acme, collector: seq === 2 ? 'pg1' : 'fs1', seq: 10 * n + seq, reason: forged });
  const [first, second, third] = landers.map(({ counts }) => counts);
  await third?.save(opened.store, signal);
  await Promise.all([first?.save(opened.store, signal), second?.save(opened.store, signal)]);
  const told = await new Refusals(() => day).candidates(opened.store, signal);
  expect(told.map(({ raised_at, actor, because }) => ({ raised_at, actor, because }))).toEqual([
    {
      raised_at: new Date(day + 1).toISOString(),
      actor: 'source:fs1',
      because: [
        '6 batches of several sources for client acme were refused: its signature does not hold',
        'source fs1: 5 (numbers 10 to 31)',
        'source pg1: 1 (number 32)',
      ],
    },
  ]);
});

test('a flood of forged batches is one alert for each client, reason and day, which counts them', async () => {
  let now = at;
  const here = new Refusals(() => now);
  for (let seq = 40; seq < 340; seq += 1) here.note({ tenant: acme, collector: 'fs1', seq, reason: forged });
  here.note({ tenant: acme, collector: 'fs1', seq: 7, reason: 'it does not follow the batch before it' });
  here.note({ tenant: globex, collector: 'fs1', seq: 7, reason: forged });
  await here.save(opened.store, signal);
  now += 1_000;
  here.note({ tenant: acme, collector: 'fs1', seq: 340, reason: forged });
  await here.save(opened.store, signal);
  // Another lander's process, or this one after a restart, tells of them.
  const elsewhere = new Refusals(() => now);
  const told = await elsewhere.candidates(opened.store, signal);
  expect(told).toHaveLength(3);
  expect(told.find(({ because }) => because[0]?.startsWith('301'))).toEqual({
    id: expect.stringMatching(/^[0-9a-f]{16}$/),
    raised_at: '2026-03-04T09:15:02.000Z',
    day: '2026-03-04',
    actor: 'source:fs1',
    tenants: ['acme'],
    detectors: ['refused-batches'],
    score: 9,
    severity: 'critical',
    because: [
      '301 batches of source fs1 for client acme were refused: its signature does not hold (numbers 40 to 340)',
    ],
    accesses: [],
    unknown: ['what is in them is not in the store: cordon replay-dead shows them, and sends them again after a fix'],
  });
  now += 86_400_000;
  here.note({ tenant: acme, collector: 'fs1', seq: 341, reason: forged });
  await here.save(opened.store, signal);
  expect(await new Refusals(() => now).candidates(opened.store, signal)).toHaveLength(4);
});

test('thousands of invented sources and reasons are few alerts, and nothing goes uncounted', async () => {
  const day = at - 60 * 86_400_000;
  const here = new Refusals(() => day);
  for (let n = 0; n < 3_000; n += 1) here.note({ tenant: globex, collector: `forged${n}`, seq: n, reason: forged });
  await here.save(opened.store, signal);
  const [one, ...more] = await new Refusals(() => day).candidates(opened.store, signal);
  expect(more).toEqual([]);
  expect(one?.because).toHaveLength(22);
  expect(one?.because[0]).toBe(
    '3000 batches of several sources for client globex were refused: its signature does not hold',
  );
  expect(one?.because.at(-1)).toBe('and 2980 of other sources');
  for (let n = 0; n < 1_500; n += 1) here.note({ tenant: acme, collector: 'fs1', seq: n, reason: `invented ${n}` });
  await here.save(opened.store, signal);
  const all = await new Refusals(() => day).candidates(opened.store, signal);
  expect(all).toHaveLength(1_001);
  expect(all.map(({ because }) => because[0])).toContain(
    '501 batches of source fs1 for client acme were refused: for reasons of many kinds (numbers 999 to 1499)',
  );
});

test('no budget holds it back', () => {
  const sources = new Map([['fs1', { count: 1, first: 3, last: 3 }]]);
  const candidate = candidateOf({ tenant: 'acme', reason: forged, at, count: 1, sources });
  const { verdicts } = spend([candidate], { staff: 1, budget_per_day_per_1000: 0, muted: () => true });
  expect(verdicts).toMatchObject([{ alert: true }]);
  expect(candidate.because).toEqual([
    'a batch of source fs1 for client acme was refused: its signature does not hold (number 3)',
  ]);
});

test('a forged batch that reaches a running vault becomes one mail, which names the source and the reason', async () => {
  using firm = vaultFirm({ acme: '' }, 'mail: { folder: ./mail, from: a@f.example, to: [s@f.example] }\n');
  const [honest, forger] = [new Stream('fs1', 'acme'), new Stream('fs1', 'acme')];
  Object.assign(forger, { key: fixedKey('somebody else') });
  {
    await using spool = new Spool(firm.data);
    const batches = [honest.next(2), forger.next(5), forger.next(5)];
    spool.commit(flushOf(batches));
  }
  const stop = new AbortController();
  const running = captured(['start', '--role', 'land,judge,alert'], { cwd: firm.path, signal: stop.signal });
  const mails = () => (existsSync(firm.file('mail/new')) ? readdirSync(firm.file('mail/new')) : []);
  while (mails().length === 0) await Promise.race([sleep(100), running]);
  // Further ticks say nothing more of it.
  await sleep(5_000);
  stop.abort();
  await running;
  expect(mails()).toHaveLength(1);
  const mail = readFileSync(firm.file(`mail/new/${mails()[0]}`), 'utf8').replaceAll(/=\r?\n|\s+/g, ' ');
  expect(mail).toContain('of source fs1 for client C-acme');
  expect(mail).toContain('refused: its signature does not hold');
  expect(mail).not.toMatch(/Nacme/);
});
