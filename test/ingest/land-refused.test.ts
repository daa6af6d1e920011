import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { batchSaltBytes } from '../../core/batch.ts';
import { type SealedBatch, tenantId } from '../../core/types.ts';
import { LandLog } from '../../ingest/land-log.ts';
import { folder } from '../helpers/folder.ts';
import { openTestStore, type TestStore } from '../helpers/open-test-store.ts';
import { fixedKey } from '../helpers/sealed.ts';
import { Stream } from '../helpers/stream.ts';
import { LogThatDies, newStream, rowsOf, storedOf, vault } from '../helpers/vault.ts';

jest.setTimeout(400_000);
let opened: TestStore;
beforeAll(async () => {
  opened = await openTestStore('acme', 'globex');
});
afterAll(async () => await opened[Symbol.asyncDispose]());

const stored = (stream: Stream) => storedOf(opened.store, stream);

describe('a batch whose content the store refuses', () => {
  const unreadable = /^the store cannot take this content \(code \d+\)$/;
  const bad: [string, RegExp, (stream: Stream) => string[]][] = [
    [
      'a line of another tenant',
      /^it holds an access of another client$/,
      (stream) => [stream.line(), stream.line({ tenant: tenantId('globex') }, 1)],
    ],
    ['a line that is no JSON', /^it holds a line that is no access$/, (stream) => [stream.line(), 'hello']],
    ['a line cut short', /^it holds a line that is no access$/, (stream) => [stream.line().slice(0, -20)]],
    [
      'a line that says it is another collector’s',
      /^it holds an access that says it lies elsewhere$/,
      (stream) => [stream.line(), stream.line({}, 1).replace(/"collector":"[^"]+"/, '"collector":"other"')],
    ],
    [
      'a line that says it is another batch’s',
      /^it holds an access that says it lies elsewhere$/,
      (stream) => [stream.line().replace('"seq":', '"seq":1')],
    ],
    [
      'two lines of one place',
      /^it holds an access that says it lies elsewhere$/,
      (stream) => [stream.line(), stream.line()],
    ],
    [
      'half a surrogate pair',
      unreadable,
      (stream) => [stream.line({ object: 'x' }).replace('"object":"x"', '"object":"\\ud800x"')],
    ],
    ['a size below zero', unreadable, (stream) => [stream.line({ bytes: -1 })]],
    ['a time that is none', unreadable, (stream) => [stream.line({ at: 'yesterday' })]],
    ['an id that is too long', unreadable, (stream) => [stream.line().replace('"id":"', '"id":"0')]],
  ];

  test.each(bad)('%s: it is kept as dead, and the stream goes on', async (_, reason, linesOf) => {
    using dir = folder();
    await using landLog = new LandLog(dir.path);
    const stream = newStream();
    const before = stream.next(2);
    const refused = stream.nextOf(linesOf(stream));
    const after = stream.next(3);
    await using running = vault(opened.store, landLog, [stream]);
    await running.deliver(before, refused, after);
    const { accesses, batches } = await stored(stream);
    expect(accesses).toEqual([
      [0, 2],
      [2, 3],
    ]);
    expect(batches).toEqual([0, 2]);
    const [dead, ...more] = [...landLog.dead()];
    expect(more).toEqual([]);
    expect(dead?.batch).toEqual(refused);
    expect(dead?.reason).toMatch(reason);
    expect(running.lander.refused).toBe(1);
    const later = stream.next(1);
    await running.deliver(later);
    expect((await stored(stream)).accesses).toEqual([
      [0, 2],
      [2, 3],
      [3, 1],
    ]);
    expect(running.said.filter(({ message }) => message.includes('gap'))).toEqual([]);
  });

  test('no line of it is in the store, and none of the other tenant', async () => {
    const rows = await rowsOf<{ n: string }>(opened.store, "SELECT count() AS n FROM accesses WHERE tenant != 'acme'");
    expect(Number(rows[0]?.n)).toBe(0);
    const globex = await rowsOf<{ n: string }>(opened.store, 'SELECT count() AS n FROM accesses', tenantId('globex'));
    expect(Number(globex[0]?.n)).toBe(0);
  });

  test('delivered again it stays dead, and is not kept twice', async () => {
    using dir = folder();
    const stream = newStream();
    const refused = stream.nextOf(['hello']);
    for (let start = 0; start < 2; start += 1) {
      await using landLog = new LandLog(dir.path);
      await using running = vault(opened.store, landLog, [stream]);
      await running.deliver(refused);
      expect([...landLog.dead()]).toHaveLength(1);
    }
  });

  test('a vault that dies while it lands the others alone doubles nothing and waits for nothing', async () => {
    using dir = folder();
    const stream = newStream();
    const batches = [stream.next(2), stream.nextOf(['hello']), stream.next(3)];
    // One merge, refused whole, then batch by batch: the third is in the store when the vault dies.
    {
      await using landLog = new LogThatDies(dir.path);
      await using running = vault(opened.store, landLog, [stream]);
      await expect(running.deliver(...batches)).rejects.toThrow('killed between insert and acknowledgement');
    }
    await using landLog = new LandLog(dir.path);
    await using running = vault(opened.store, landLog, [stream]);
    await running.deliver(...batches);
    expect(await stored(stream)).toEqual({
      accesses: [
        [0, 2],
        [2, 3],
      ],
      batches: [0, 2],
    });
  });
});

describe('a batch that is not what was signed', () => {
  const tampered = (batch: SealedBatch): SealedBatch => {
    const value = Buffer.from(batch.value);
    value[batchSaltBytes - 1] = (value[batchSaltBytes - 1] ?? 0) ^ 1;
    return { ...batch, value };
  };

  test('is kept as dead, the others of its merge land, and the stream goes on', async () => {
    using dir = folder();
    await using landLog = new LandLog(dir.path);
    const stream = newStream();
    const [before, genuine, after] = [stream.next(2), stream.next(4), stream.next(3)];
    const changed = tampered(genuine);
    await using running = vault(opened.store, landLog, [stream]);
    await running.deliver(before, changed, after);
    expect(await stored(stream)).toEqual({
      accesses: [
        [0, 2],
        [2, 3],
      ],
      batches: [0, 2],
    });
    const [dead] = [...landLog.dead()];
    expect(dead?.batch).toEqual(changed);
    expect(dead?.reason).toContain('its accesses are not those that were signed');
  });

  test('is not forgotten by the bus before its merge is over: a vault that died would wait for it for ever', async () => {
    using dir = folder();
    const stream = newStream();
    const batches = [stream.next(2), tampered(stream.next(4)), stream.next(3)];
    const acknowledged = new Set<SealedBatch>();
    {
      await using landLog = new LogThatDies(dir.path);
      await using running = vault(opened.store, landLog, [stream]);
      const sent = batches.map((batch) => running.deliver(batch).then(() => acknowledged.add(batch)));
      await Promise.allSettled(sent);
    }
    await using landLog = new LandLog(dir.path);
    await using running = vault(opened.store, landLog, [stream]);
    await running.deliver(...batches.filter((batch) => !acknowledged.has(batch)));
    expect(await stored(stream)).toEqual({
      accesses: [
        [0, 2],
        [2, 3],
      ],
      batches: [0, 2],
    });
  });
});

describe('refused, kept and acknowledged is a batch', () => {
  test('of a tenant that is not known', async () => {
    using dir = folder();
    await using landLog = new LandLog(dir.path);
    const stream = newStream('initech');
    const batch = stream.next();
    await using running = vault(opened.store, landLog, [stream]);
    await running.deliver(batch);
    expect([...landLog.dead()].map(({ batch: kept, reason }) => [kept.header.tenant, reason])).toEqual([
      ['initech', 'its tenant is not known here'],
    ]);
  });

  test('of a collector that is not registered, or that another key signed', async () => {
    using dir = folder();
    await using landLog = new LandLog(dir.path);
    const [unknown, known] = [newStream(), newStream()];
    const forger = new Stream(known.collector);
    Object.assign(forger, { key: fixedKey('somebody else') });
    await using running = vault(opened.store, landLog, [known]);
    await running.deliver(unknown.next(), forger.next(2));
    expect([...landLog.dead()].map(({ reason }) => reason).sort()).toEqual([
      'its collector is not registered, or was revoked',
      'its signature does not hold',
    ]);
    await running.deliver(known.next(1));
    expect(await stored(known)).toEqual({ accesses: [[0, 1]], batches: [0] });
  });

  test('that does not follow the one before; the genuine one lands', async () => {
    using dir = folder();
    await using landLog = new LandLog(dir.path);
    const stream = newStream();
    const first = stream.next(1);
    const fork = new Stream(stream.collector);
    fork.next(5);
    await using running = vault(opened.store, landLog, [stream]);
    await running.deliver(first, fork.next(9), stream.next(2));
    expect(await stored(stream)).toEqual({
      accesses: [
        [0, 1],
        [1, 2],
      ],
      batches: [0, 1],
    });
    expect([...landLog.dead()].map(({ reason }) => reason)).toEqual(['it does not follow the batch before it']);
  });
});
