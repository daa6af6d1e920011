import { expect, test } from '@jest/globals';
import { deliver } from '../../alerts/deliver.ts';
import type { Notifier } from '../../alerts/notifier.ts';
import { Fault, type FaultCode } from '../../core/errors.ts';
import { createLog } from '../../core/log.ts';
import { notice } from './example.ts';

const limits = { attemptsMax: 4, firstWaitMs: 1, waitMsMax: 3 };
const deps = { log: createLog('silent'), signal: AbortSignal.timeout(60_000), limits, random: () => 1 };

function failing(times: number, code: FaultCode): Notifier & { tries: number } {
  return {
    name: 'test',
    tries: 0,
    async notify() {
      this.tries += 1;
      if (this.tries <= times) throw new Fault(code, 'no');
      return { accepted: 1, refused: 0 };
    },
  };
}

test('what cannot be reached is tried until it can', async () => {
  const notifier = failing(3, 'NOTIFY_UNREACHABLE');
  expect(await deliver(notice(), ['a@x.example'], notifier, deps)).toEqual({ accepted: 1, refused: 0 });
  expect(notifier.tries).toBe(4);
});

test('a refusal is not tried again', async () => {
  const notifier = failing(9, 'NOTIFY_REFUSED');
  await expect(deliver(notice(), [], notifier, deps)).rejects.toMatchObject({ code: 'NOTIFY_REFUSED' });
  expect(notifier.tries).toBe(1);
});

test('it gives up after its limit', async () => {
  const notifier = failing(9, 'NOTIFY_UNREACHABLE');
  await expect(deliver(notice(), [], notifier, deps)).rejects.toMatchObject({ code: 'NOTIFY_UNREACHABLE' });
  expect(notifier.tries).toBe(4);
});

test('a wait ends when the process is told to stop', async () => {
  const stop = new AbortController();
  const slow = { ...deps, limits: { ...limits, firstWaitMs: 60_000, waitMsMax: 60_000 }, signal: stop.signal };
  const delivering = deliver(notice(), [], failing(9, 'NOTIFY_UNREACHABLE'), slow);
  setTimeout(() => stop.abort(), 20);
  await expect(delivering).rejects.toMatchObject({ name: 'AbortError' });
});
