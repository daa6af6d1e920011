/** Dead letters, listed and sent again: on one machine, and over a real broker with its walls up. */
import { createPublicKey } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { loadContext } from '../../cli/context.ts';
import { startPipeline } from '../../cli/pipeline.ts';
import { createLog } from '../../core/log.ts';
import { tenantId } from '../../core/types.ts';
import { kafkaBus } from '../../ingest/bus/kafka-bus.ts';
import { LandLog } from '../../ingest/land-log.ts';
import { folder } from '../helpers/folder.ts';
import { type Broker, startBroker } from '../helpers/kafka.ts';
import { openAt } from '../helpers/open-test-store.ts';
import { fixedKey } from '../helpers/sealed.ts';
import { Stream } from '../helpers/stream.ts';
import { storedOf } from '../helpers/vault.ts';
import { honestBatch, type VaultFirm, vaultFirm } from '../helpers/vault-firm.ts';
import { captured } from './captured.ts';
import { users, writeFirm } from './kafka-firm.ts';

jest.setTimeout(400_000);

/** Puts a collector's public key where the vault looks for it. */
function register(file: string, name: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, createPublicKey(fixedKey(name)).export({ type: 'spki', format: 'pem' }));
}

const contextOf = (config: string) =>
  loadContext({ config }, { env: {}, cwd: '/' } as Parameters<typeof loadContext>[1]);

describe('on one machine', () => {
  const replay = (firm: VaultFirm, ...args: string[]) => captured(['replay-dead', ...args], { cwd: firm.path });
  const storedIn = async (firm: VaultFirm, stream: Stream) => {
    await using store = await openAt(firm.data, 'acme');
    return await storedOf(store, stream);
  };

  test('they are listed with their reason and stay; sent again after the fix they land, once, in order', async () => {
    using firm = vaultFirm({ acme: '' });
    const stream = new Stream('pg1', 'acme');
    const batches = Array.from({ length: 12 }, (_, i) => honestBatch(stream, 1 + i));
    {
      await using landLog = new LandLog(firm.data);
      for (const batch of batches) landLog.bury(batch, 'its collector is not registered');
    }
    const listed = await replay(firm);
    expect(listed.code).toBe(1);
    expect(listed.out).toContain('acme pg1/11: its collector is not registered\n');
    expect(listed.err).toBe('12 dead letters; nothing was sent: --yes sends them again\n');
    // Nothing was mended yet.
    const again = await replay(firm, '--yes', '--json');
    expect({ code: again.code, err: again.err }).toEqual({
      code: 1,
      err: '12 dead letters: 0 landed, 12 were refused again\n',
    });
    register(firm.file('data/keys/collectors/pg1.pub.pem'), 'pg1');
    expect((await replay(firm, '--dry-run', '--yes')).err).toBe(
      '12 dead letters; nothing was sent: --yes sends them again\n',
    );
    const mended = await replay(firm, '--yes', '--tenant', 'acme');
    expect({ code: mended.code, err: mended.err }).toEqual({
      code: 0,
      err: '12 dead letters: 12 landed, 0 were refused again\n',
    });
    const whole = { accesses: batches.map((_, i) => [i, i + 1]), batches: batches.map((_, i) => i) };
    expect(await storedIn(firm, stream)).toEqual(whole);
    expect(await replay(firm)).toEqual({ code: 0, out: '', err: '0 dead letters\n' });
  });

  test('one that fails for another reason now keeps that one; one killed between landing and forgetting lands once', async () => {
    using firm = vaultFirm({ acme: '' }, '', ['fs1']);
    const stream = new Stream('fs1', 'acme');
    const [landed, bad] = [honestBatch(stream, 3), stream.nextOf(['hello'])];
    {
      await using landLog = new LandLog(firm.data);
      landLog.bury(landed, 'its collector is not registered');
    }
    expect((await replay(firm, '--yes')).code).toBe(0);
    {
      await using landLog = new LandLog(firm.data);
      landLog.bury(landed, 'its collector is not registered');
      landLog.bury(bad, 'its collector is not registered');
    }
    const { code, err } = await replay(firm, '--yes');
    expect({ code, err }).toEqual({ code: 1, err: '2 dead letters: 1 landed, 1 were refused again\n' });
    expect((await replay(firm)).out).toBe('acme fs1/1: it holds a line that is no access\n');
    expect(await storedIn(firm, stream)).toEqual({ accesses: [[0, 3]], batches: [0] });
  });
});

describe('over a broker', () => {
  let broker: Broker;
  beforeAll(async () => {
    broker = await startBroker({ users });
  }, 180_000);
  afterAll(async () => await broker[Symbol.asyncDispose]());

  test('the lander sends what it refuses to the dead letters, and the operator sends it again after the fix', async () => {
    using dir = folder();
    const admin = writeFirm(dir.file('super'), broker, 'super');
    expect((await captured(['topics', 'apply', '--config', admin])).code).toBe(0);
    expect((await captured(['acls', '--apply', '--config', admin])).code).toBe(0);
    const operator = writeFirm(dir.file('operator'), broker, 'operator');
    const vault = writeFirm(dir.file('vault'), broker, 'lander');
    const edge = contextOf(writeFirm(dir.file('edge'), broker, 'edge-files'));
    if (edge.config.bus === 'local') throw new Error('it is Kafka');
    const bus = kafkaBus({
      config: edge.config.bus.kafka,
      env: {},
      log: createLog('silent'),
      tenants: () => [tenantId('acme')],
    });
    const stream = new Stream('fs1', 'acme');
    const sizes = [2, 3, 4];
    const signal = AbortSignal.timeout(120_000);
    for (const size of sizes) await bus.send(stream.next(size), signal);
    await bus[Symbol.asyncDispose]();
    const refused: string[] = [];
    await using store = await openAt(dir.file('vault/data'), 'acme', 'globex');
    await using _pipeline = await startPipeline(contextOf(vault), {
      store,
      onRefused: ({ reason }) => refused.push(reason),
    });
    const list = () => captured(['replay-dead', '--config', operator]);
    while (!(await list()).err.startsWith('3 dead letters'));
    expect((await list()).out).toBe(
      [0, 1, 2].map((seq) => `acme fs1/${seq}: its collector is not registered, or was revoked\n`).join(''),
    );
    expect(refused).toEqual(Array(3).fill('its collector is not registered, or was revoked'));
    register(dir.file('vault/data/keys/collectors/fs1.pub.pem'), 'fs1');
    const sent = await captured(['replay-dead', '--yes', '--config', operator]);
    expect({ code: sent.code, err: sent.err }).toEqual({
      code: 0,
      err: '3 dead letters: sent again; what is refused again comes back with its new reason\n',
    });
    while ((await storedOf(store, stream)).accesses.length < 3) signal.throwIfAborted();
    expect(await storedOf(store, stream)).toEqual({ accesses: sizes.map((n, seq) => [seq, n]), batches: [0, 1, 2] });
    expect(await list()).toEqual({ code: 0, out: '', err: '0 dead letters\n' });
  });
});
