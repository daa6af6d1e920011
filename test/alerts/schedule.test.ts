import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { everyTick } from '../../alerts/schedule.ts';
import { Fault } from '../../core/errors.ts';
import { createLog } from '../../core/log.ts';

const everySecond = { name: 'test', expression: '* * * * * *', limitMs: 10_000 };
const log = createLog('silent');

test('a tick that falls into a run is skipped, and the end waits for the run', async () => {
  let now = 0;
  let most = 0;
  let done = 0;
  const stop = new AbortController();
  const { runs, skipped } = await everyTick(
    everySecond,
    async () => {
      now += 1;
      most = Math.max(most, now);
      if (done === 1) stop.abort();
      // Some ticks fall into the first run, however late a busy machine is with one.
      await sleep(done === 0 ? 3_300 : 100);
      now -= 1;
      done += 1;
    },
    { log, signal: stop.signal },
  );
  expect(done).toBe(2);
  expect(most).toBe(1);
  expect(now).toBe(0);
  expect(done).toBe(runs);
  expect(skipped).toBeGreaterThanOrEqual(1);
});

test('a Fault waits for the next tick, a bug ends it', async () => {
  let runs = 0;
  const ticking = everyTick(
    everySecond,
    async () => {
      runs += 1;
      if (runs === 1) throw new Fault('STORE_UNREACHABLE', 'away');
      throw new RangeError('a bug');
    },
    { log, signal: AbortSignal.timeout(60_000) },
  );
  await expect(ticking).rejects.toThrow('a bug');
  expect(runs).toBe(2);
});

test('a run that takes too long is told to stop', async () => {
  const reasons: unknown[] = [];
  const stop = new AbortController();
  await everyTick(
    { ...everySecond, limitMs: 100 },
    async (signal) => {
      await sleep(60_000, undefined, { signal }).catch((error) => {
        reasons.push(error.name, stop.signal.aborted);
        stop.abort();
        throw error;
      });
    },
    { log, signal: stop.signal },
  );
  expect(reasons).toEqual(['AbortError', false]);
});

test('what is no schedule is said at once', async () => {
  await expect(
    everyTick({ ...everySecond, expression: 'often' }, async () => undefined, { log, signal: AbortSignal.timeout(1) }),
  ).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
});
