/** The server is killed under a store that is in use: it comes back, and whoever asks only waits. */
import { afterAll, expect, jest, test } from '@jest/globals';
import { Fault } from '../../../core/errors.ts';
import { createLog } from '../../../core/log.ts';
import { tenantId } from '../../../core/types.ts';
import { readEndpoint } from '../../../store/embedded/endpoint.ts';
import { openStore, type Store } from '../../../store/index.ts';
import { alertEvents } from '../../../store/queries/alert-states.ts';
import { asked, overDeaths, untilAnswered } from '../../../store/query.ts';
import { folder } from '../../helpers/folder.ts';
import { openAt } from '../../helpers/open-test-store.ts';

jest.setTimeout(400_000);
const acme = tenantId('acme');
const signal = AbortSignal.timeout(400_000);
const dir = folder();
afterAll(() => dir[Symbol.dispose]());

function kill(store: Store): number {
  const pid = store.serverPid ?? 0;
  process.kill(pid, 'SIGKILL');
  return pid;
}

/** Under way at the moment of the death it fails, and is asked again. */
const one = (store: Store): Promise<string> =>
  untilAnswered(signal, () =>
    asked('one', signal, async () =>
      (await store.client('read', acme).query({ query: 'SELECT 1', format: 'TabSeparated' })).text(),
    ),
  );

test('a question asked after its death is answered by the next server', async () => {
  const dataDir = dir.file('killed');
  await using store = await openAt(dataDir, acme);
  // A connection that is open and idle when the server dies.
  expect(await one(store)).toBe('1\n');
  const first = kill(store);
  const answers = await Promise.all([
    one(store),
    one(store),
    untilAnswered(signal, () => alertEvents(store.firm('judge'), signal)).then(({ size }) => size),
  ]);
  expect(answers).toEqual(['1\n', '1\n', 0]);
  expect(store.serverPid).not.toBe(first);
  expect(readEndpoint(`${dataDir}/clickhouse`)?.pid).toBe(store.serverPid);
  const options = { config: { store: 'embedded' as const }, dataDir, tenants: [], log: createLog('silent') };
  await using guest = await openStore({ ...options, signal: AbortSignal.timeout(60_000), mode: 'attach' });
  expect(await one(guest)).toBe('1\n');
});

test('one that dies again and again is given up, and everybody is told why', async () => {
  await using store = await openAt(dir.file('dying'), acme);
  const told = store.failed.catch((error: unknown) => error);
  let pid = 0;
  const killer = setInterval(() => {
    if (store.serverPid === pid) return;
    pid = kill(store);
  }, 20);
  try {
    expect(await told).toMatchObject({
      code: 'STORE_UNREACHABLE',
      message: expect.stringContaining('the embedded store died 6 times within 10 minutes'),
    });
  } finally {
    clearInterval(killer);
  }
  await expect(alertEvents(store.firm('judge'), AbortSignal.timeout(60_000))).rejects.toMatchObject({
    code: 'STORE_UNREACHABLE',
    message: expect.stringContaining('then start Cordon again'),
  });
});

test('a store that is closed is not started again', async () => {
  const store = await openAt(dir.file('closed'), acme);
  await store[Symbol.asyncDispose]();
  await expect(alertEvents(store.firm('judge'), AbortSignal.timeout(60_000))).rejects.toThrow();
  expect(readEndpoint(`${dir.file('closed')}/clickhouse`)).toBeUndefined();
});

test('what a start does is done again over more deaths than one, until the server is given up', async () => {
  const died = new Fault('STORE_UNREACHABLE', 'it died');
  let attempts = 0;
  const work = () => {
    attempts += 1;
    return attempts > 8 ? Promise.resolve('done') : Promise.reject(died);
  };
  expect(await overDeaths({ failed: new Promise(() => undefined) }, signal, work)).toBe('done');
  const never = () => Promise.reject(died);
  const failed = Promise.reject(new Fault('STORE_UNREACHABLE', 'it was given up'));
  await expect(overDeaths({ failed }, signal, never)).rejects.toMatchObject({ message: 'it died' });
});
