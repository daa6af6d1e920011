/** Which of several servers answers. Two real ones, each of which says its own port, and one that is not there. */

import { ClickHouseError } from '@clickhouse/client';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { z } from 'zod';
import { tenantId } from '../../core/types.ts';
import { Clients } from '../../store/clients.ts';
import { all, asFault } from '../../store/query.ts';
import { isOfThisReplica } from '../../store/replicas.ts';
import { openSecrets } from '../../store/secrets.ts';
import { folder } from '../helpers/folder.ts';
import { type OwnServer, ownServer } from '../helpers/own-server.ts';

jest.setTimeout(400_000);
const signal = AbortSignal.timeout(400_000);
const dir = folder();
const data = dir.file('data');
const nobody = 'http://127.0.0.1:9';
const whoAnswers = {
  name: 'who-answers',
  sql: "SELECT getServerPort('http_port') AS port",
  row: z.object({ port: z.number() }).transform(({ port }) => `http://127.0.0.1:${port}`),
};

let first: OwnServer;
let second: OwnServer;
beforeAll(async () => {
  first = await ownServer(data, dir.file('first'), [tenantId('acme')]);
  second = await ownServer(data, dir.file('second'), [tenantId('acme')]);
}, 120_000);
afterAll(async () => {
  await first[Symbol.asyncDispose]();
  await second[Symbol.asyncDispose]();
  dir[Symbol.dispose]();
});

async function answersOf(url: string, replicas: string[], times: number): Promise<string[]> {
  const clients = new Clients({ url, ca_file: undefined, replicas }, openSecrets(data).passwordOf);
  try {
    const reader = clients.of('read_acme', undefined);
    const found: string[] = [];
    for (let i = 0; i < times; i += 1) found.push(...(await all(reader, whoAnswers, {}, signal)));
    return found;
  } finally {
    await clients.close();
  }
}

test('questions go to the replicas in turn, and to `url` alone where none are named', async () => {
  expect(await answersOf(first.url, [first.url, second.url], 4)).toEqual([
    first.url,
    second.url,
    first.url,
    second.url,
  ]);
  expect(await answersOf(nobody, [second.url], 2)).toEqual([second.url, second.url]);
  expect(await answersOf(first.url, [], 2)).toEqual([first.url, first.url]);
});

test('a replica that is not there is passed over, and when none is there `url` answers', async () => {
  expect(await answersOf(first.url, [nobody, second.url], 3)).toEqual([second.url, second.url, second.url]);
  expect(await answersOf(first.url, [nobody, nobody], 2)).toEqual([first.url, first.url]);
  await expect(answersOf(nobody, [nobody, nobody], 1)).rejects.toMatchObject({ code: 'STORE_UNREACHABLE' });
});

test('what every replica would say is said once: no other is asked', async () => {
  const clients = new Clients({ url: nobody, ca_file: undefined, replicas: [first.url] }, openSecrets(data).passwordOf);
  const wrong = { ...whoAnswers, sql: 'SELECT nonsense' };
  await expect(all(clients.of('read_acme', undefined), wrong, {}, signal)).rejects.toMatchObject({
    code: 'STORE_REFUSED',
  });
  await clients.close();
});

test('a replica that lacks an insert, or has lost its Keeper, is passed over', () => {
  const error = (code: string) => new ClickHouseError({ message: '', code, type: '' });
  expect(['289', '225', '999'].map((code) => isOfThisReplica(error(code)))).toEqual([true, true, true]);
  expect(['47', '158', '497'].map((code) => isOfThisReplica(error(code)))).toEqual([false, false, false]);
  expect(isOfThisReplica(new Error('called off'))).toBe(false);
});

test('every user inserts for most of the replicas, one after the other, and asks none that is behind', async () => {
  const clients = new Clients({ url: first.url, ca_file: undefined }, openSecrets(data).passwordOf);
  const settings = ['insert_quorum', 'insert_quorum_parallel', 'select_sequential_consistency'];
  const asked = {
    name: 'settings',
    sql: `SELECT [${settings.map((name) => `toString(getSetting('${name}'))`).join(', ')}] AS values`,
    row: z.object({ values: z.array(z.string()) }),
  };
  for (const user of ['land_acme', 'judge_acme', 'read_acme', 'witness_acme', 'firm_judge', 'cordon_migrate']) {
    const [{ values } = { values: [] }] = await all(clients.of(user, undefined), asked, {}, signal);
    expect([user, ...values.map((value) => value.replace('false', '0').replace('true', '1'))]).toEqual([
      user,
      'auto',
      '0',
      '1',
    ]);
  }
  await clients.close();
});

test('a cluster that is not whole is worth a retry', () => {
  const fault = (code: string) => asFault(new ClickHouseError({ message: '', code, type: 'X' }), 'q', signal);
  for (const code of ['285', '286', '289', '319']) expect(fault(code)).toMatchObject({ code: 'STORE_UNREACHABLE' });
  expect(fault('47')).toMatchObject({ code: 'STORE_REFUSED' });
});
