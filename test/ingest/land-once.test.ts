import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { tenantId } from '../../core/types.ts';
import { batchRow } from '../../ingest/batch-row.ts';
import { LandLog } from '../../ingest/land-log.ts';
import { insert } from '../../store/insert.ts';
import { openSecrets } from '../../store/secrets.ts';
import { folder } from '../helpers/folder.ts';
import { gate } from '../helpers/gate.ts';
import { openAt, openTestStore, type TestStore } from '../helpers/open-test-store.ts';
import { accessLines } from '../helpers/plain.ts';
import type { Stream } from '../helpers/stream.ts';
import { LogThatDies, newStream, storedOf, vault } from '../helpers/vault.ts';

jest.setTimeout(400_000);
let opened: TestStore;
beforeAll(async () => {
  opened = await openTestStore('acme', 'globex');
});
afterAll(async () => await opened[Symbol.asyncDispose]());

const stored = (stream: Stream) => storedOf(opened.store, stream);
const acme = tenantId('acme');

describe('once only', () => {
  test('when a batch is delivered again before the first was acknowledged', async () => {
    using dir = folder();
    await using landLog = new LandLog(dir.path);
    const stream = newStream();
    const batch = stream.next(4);
    await using running = vault(opened.store, landLog, [stream]);
    // All are acknowledged: the bus must not wait for a repeat for ever.
    await running.deliver(batch, batch, batch);
    await running.deliver(batch);
    expect(await stored(stream)).toEqual({ accesses: [[0, 4]], batches: [0] });
    expect(running.lander).toMatchObject({ rows: 4, refused: 0 });
  });

  test('when everything is delivered again after it was acknowledged, by a vault that starts anew', async () => {
    using dir = folder();
    const stream = newStream();
    const batches = [stream.next(1), stream.next(2), stream.next(3)];
    for (let start = 0; start < 3; start += 1) {
      await using landLog = new LandLog(dir.path);
      await using running = vault(opened.store, landLog, [stream]);
      await running.deliver(...batches);
      expect(running.lander.rows).toBe(start === 0 ? 6 : 0);
    }
    expect(await stored(stream)).toEqual({
      accesses: [
        [0, 1],
        [1, 2],
        [2, 3],
      ],
      batches: [0, 1, 2],
    });
  });

  test('when the vault dies after the insert and before it wrote that down', async () => {
    using dir = folder();
    const [files, ledger] = [newStream(), newStream()];
    const batches = [files.next(3), ledger.next(5), files.next(2)];
    {
      await using landLog = new LogThatDies(dir.path);
      await using running = vault(opened.store, landLog, [files, ledger]);
      await expect(running.deliver(...batches)).rejects.toThrow('killed between insert and acknowledgement');
    }
    expect(await stored(files)).toEqual({
      accesses: [
        [0, 3],
        [1, 2],
      ],
      batches: [0, 1],
    });
    await using landLog = new LandLog(dir.path);
    await using running = vault(opened.store, landLog, [files, ledger]);
    // More came meanwhile: the interrupted merge must stay what it was.
    const later = files.next(7);
    await running.deliver(...batches, later);
    expect(await stored(files)).toEqual({
      accesses: [
        [0, 3],
        [1, 2],
        [2, 7],
      ],
      batches: [0, 1, 2],
    });
    expect(await stored(ledger)).toEqual({ accesses: [[0, 5]], batches: [0] });
  });

  test('when the vault dies between the batches and their accesses', async () => {
    using dir = folder();
    const stream = newStream();
    const batches = [stream.next(3), stream.next(2)];
    {
      await using landLog = new LandLog(dir.path);
      const client = opened.store.client('land', acme);
      const stop: { abort(): void } = { abort: () => undefined };
      const stopsAfterOne = new Proxy(client, {
        get(target, name) {
          if (name !== 'exec') return Reflect.get(target, name);
          return async (...given: Parameters<ClickHouseClient['exec']>) => {
            if (!given[0].query.includes('INTO accesses')) return await target.exec(...given);
            stop.abort();
            throw new Error('killed before the accesses');
          };
        },
      });
      await using running = vault(opened.store, landLog, [stream], () => stopsAfterOne);
      stop.abort = () => running.stop.abort();
      await expect(running.deliver(...batches)).rejects.toThrow('aborted');
    }
    expect(await stored(stream)).toEqual({ accesses: [], batches: [0, 1] });
    await using landLog = new LandLog(dir.path);
    await using running = vault(opened.store, landLog, [stream]);
    await running.deliver(...batches);
    expect(await stored(stream)).toEqual({
      accesses: [
        [0, 3],
        [1, 2],
      ],
      batches: [0, 1],
    });
  });

  test('when one batch has records of 130 months, each a part of its own in the store', async () => {
    using dir = folder();
    const stream = newStream();
    const months = Array.from({ length: 130 }, (_, i) =>
      stream.access({ at: new Date(Date.UTC(2020, i, 3)).toISOString() }),
    );
    const batch = stream.next(months);
    {
      await using landLog = new LogThatDies(dir.path);
      await using running = vault(opened.store, landLog, [stream]);
      await expect(running.deliver(batch)).rejects.toThrow('killed between insert and acknowledgement');
    }
    await using landLog = new LandLog(dir.path);
    await using running = vault(opened.store, landLog, [stream]);
    await running.deliver(batch);
    expect(await stored(stream)).toEqual({ accesses: [[0, 130]], batches: [0] });
  });
});

describe('a store that is killed', () => {
  test('after it took an insert forgets that it did, and is not given it twice', async () => {
    using dir = folder();
    const [files, ledger] = [newStream(), newStream()];
    const months = Array.from({ length: 5 }, (_, i) =>
      files.access({ at: new Date(Date.UTC(2025, i, 3)).toISOString() }),
    );
    const batches = [files.next(months), ledger.next(5), files.next(2)];
    {
      const store = await openAt(dir.path, 'acme');
      await using landLog = new LogThatDies(dir.path);
      await using running = vault(store, landLog, [files, ledger]);
      await expect(running.deliver(...batches)).rejects.toThrow('killed between insert and acknowledgement');
      if (store.serverPid !== undefined) process.kill(store.serverPid, 'SIGKILL');
      await store[Symbol.asyncDispose]();
    }
    await using store = await openAt(dir.path, 'acme');
    await using landLog = new LandLog(dir.path);
    await using running = vault(store, landLog, [files, ledger]);
    await running.deliver(...batches);
    expect(await storedOf(store, files)).toEqual({
      accesses: [
        [0, 5],
        [1, 2],
      ],
      batches: [0, 1],
    });
    expect(await storedOf(store, ledger)).toEqual({ accesses: [[0, 5]], batches: [0] });
  });

  test('in the middle of an insert is given what is missing of it, row by row', async () => {
    using dir = folder();
    await using landLog = new LandLog(dir.path);
    const stream = newStream();
    const batches = [stream.next(4), stream.next(3), stream.next(2)];
    const [first, second] = batches;
    if (!first || !second) throw new Error('there are three');
    // Later than any merge of the tests before, since only the last of a lane can have been cut short.
    const claim = { lane: 'local', number: 1_000_000, lander: 'killed' };
    // What the store had got: both batches, and of the first one every second access.
    const client = opened.store.client('land', acme);
    const signal = AbortSignal.timeout(60_000);
    await insert(client, 'batches', [...batchRow(first, claim), ...batchRow(second, claim)], 'before the kill', signal);
    const half = accessLines(first)
      .toString()
      .split('\n')
      .filter((_, index) => index % 2 === 1);
    await insert(client, 'accesses', [Buffer.from(`${half.join('\n')}\n`)], 'before the kill', signal);
    await using running = vault(opened.store, landLog, [stream]);
    await running.deliver(...batches);
    expect(await stored(stream)).toEqual({
      accesses: [
        [0, 4],
        [1, 3],
        [2, 2],
      ],
      batches: [0, 1, 2],
    });
    const ids = await opened.store.client('read', acme).query({
      query: `SELECT uniqExact(id) AS n FROM accesses WHERE collector = '${stream.collector}'`,
      format: 'JSONEachRow',
    });
    expect(await ids.json()).toEqual([{ n: 9 }]);
  });
});

describe('a store that is away', () => {
  /** The tenant's landing user, by way of a gate. */
  async function gated() {
    const { dataDir } = opened;
    const file = readFileSync(join(dataDir, 'clickhouse', 'endpoint.json'), 'utf8');
    const way = await gate((JSON.parse(file) as { port: number }).port);
    const secrets = openSecrets(dataDir);
    const client = createClient({
      url: `http://127.0.0.1:${way.port}`,
      username: 'land_acme',
      password: secrets.passwordOf('land_acme'),
      database: secrets.databaseOf(acme),
      keep_alive: { enabled: false },
      log: { level: ClickHouseLogLevel.OFF },
    });
    return {
      way,
      client,
      async [Symbol.asyncDispose]() {
        await client.close();
        await way[Symbol.asyncDispose]();
      },
    };
  }

  test('is tried again until it is back, and nothing is lost or doubled', async () => {
    using dir = folder();
    await using landLog = new LandLog(dir.path);
    await using door = await gated();
    const stream = newStream();
    await using running = vault(opened.store, landLog, [stream], () => door.client);
    door.way.set('shut');
    const delivered = running.deliver(stream.next(3), stream.next(2));
    await running.until(() => running.said.filter(({ message }) => message === 'not landed, will retry').length >= 2);
    expect(await stored(stream)).toEqual({ accesses: [], batches: [] });
    door.way.set('open');
    await delivered;
    expect(await stored(stream)).toEqual({
      accesses: [
        [0, 3],
        [1, 2],
      ],
      batches: [0, 1],
    });
  });

  test('that took an insert and could not say so is not given it twice', async () => {
    using dir = folder();
    await using landLog = new LandLog(dir.path);
    await using door = await gated();
    const stream = newStream();
    await using running = vault(opened.store, landLog, [stream], () => door.client);
    door.way.set('swallows answers');
    const delivered = running.deliver(stream.next(3));
    await running.until(() => running.said.filter(({ level }) => level === 'warn').length >= 2);
    door.way.set('open');
    await delivered;
    expect(await stored(stream)).toEqual({ accesses: [[0, 3]], batches: [0] });
  });

  test('does not hold up a vault that is to stop', async () => {
    using dir = folder();
    await using landLog = new LandLog(dir.path);
    await using door = await gated();
    const stream = newStream();
    const running = vault(opened.store, landLog, [stream], () => door.client);
    door.way.set('shut');
    const delivered = running.deliver(stream.next(3));
    await running.until(() => running.said.length > 0);
    running.stop.abort();
    await expect(delivered).rejects.toThrow('aborted');
    expect(await running.ended).toBeUndefined();
    expect(await stored(stream)).toEqual({ accesses: [], batches: [] });
  });
});
