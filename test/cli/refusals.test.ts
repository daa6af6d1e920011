import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { spend } from '../../alerts/budget.ts';
import { candidateOf, Refusals } from '../../cli/refusals.ts';
import { tenantId } from '../../core/types.ts';
import { openTestStore, type TestStore } from '../helpers/open-test-store.ts';

jest.setTimeout(120_000);
let opened: TestStore;
beforeAll(async () => {
  opened = await openTestStore('acme');
});
afterAll(async () => await opened[Symbol.asyncDispose]());

const signal = AbortSignal.timeout(120_000);
const [acme, globex] = [tenantId('acme'), tenantId('globex')];
const forged = 'its signature does not hold';
const at = Date.parse('2026-03-04T09:15:02.000Z');

test('a flood of forged batches is one alert for each stream, reason and day, which counts them', async () => {
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

test('no budget holds it back', () => {
  const candidate = candidateOf({ tenant: 'acme', collector: 'fs1', reason: forged, at, count: 1, first: 3, last: 3 });
  const { verdicts } = spend([candidate], { staff: 1, budget_per_day_per_1000: 0, muted: () => true });
  expect(verdicts).toMatchObject([{ alert: true }]);
  expect(candidate.because).toEqual([
    'a batch of source fs1 for client acme was refused: its signature does not hold (number 3)',
  ]);
});
