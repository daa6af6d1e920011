/** On a real broker. */

import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { folder } from '../helpers/folder.ts';
import { type Broker, startBroker } from '../helpers/kafka.ts';
import { captured as cordon } from './captured.ts';
import { writeFirm } from './kafka-firm.ts';

const dir = folder();
let broker: Broker;
let config: string;

beforeAll(async () => {
  broker = await startBroker();
  config = writeFirm(dir.path, broker, 'super');
}, 240_000);
afterAll(async () => {
  await broker[Symbol.asyncDispose]();
  dir[Symbol.dispose]();
});

const apply = (...flags: string[]) => cordon(['topics', 'apply', '--config', config, ...flags]);

test('a dry run says what would change and changes nothing; applied, nothing is left to change', async () => {
  for (let run = 0; run < 2; run += 1) {
    const dry = await apply('--dry-run');
    expect(dry.code).toBe(1);
    expect(dry.out.split('\n').filter((line) => line.startsWith('+ cordon.'))).toHaveLength(6);
    expect(dry.out).toContain('+ cordon.acme: 2 partitions on 1 brokers');
    expect(dry.out).toContain('retention.ms=259200000');
  }
  expect((await apply()).code).toBe(0);
  expect(await apply('--dry-run')).toMatchObject({ code: 0, out: '' });
});

test('a changed retention is shown as from and to, and set', async () => {
  writeFileSync(config, readFileSync(config, 'utf8').replace('"retention_days":3', '"retention_days":5'));
  expect((await apply('--dry-run')).out).toContain('~ cordon.acme: retention.ms 259200000 → 432000000');
  expect((await apply()).code).toBe(0);
  expect(await apply('--dry-run')).toMatchObject({ code: 0, out: '' });
});

test('more partitions come only when asked for, because a stream could overtake its own past', async () => {
  writeFileSync(config, readFileSync(config, 'utf8').replace('"partitions":2', '"partitions":4'));
  const held = await apply();
  expect(held.code).toBe(1);
  expect(held.err).toContain('stop the collectors');
  expect((await apply('--partitions')).code).toBe(0);
  expect(await apply('--dry-run')).toMatchObject({ code: 0, out: '' });
});

test('over the local bus there are no brokers, and it says so', async () => {
  const local = writeFirm(dir.file('local'), broker, 'super', { bus: 'local' });
  const told = await cordon(['topics', 'apply', '--config', local]);
  expect(told).toMatchObject({ code: 2 });
  expect(told.err).toContain('is local');
});
