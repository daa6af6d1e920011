import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { createOpener } from '../../../core/envelope.ts';
import { Fault } from '../../../core/errors.ts';
import type { Log } from '../../../core/log.ts';
import { tenantId } from '../../../core/types.ts';
import { FileKeys } from '../../../ingest/keys/file-keys.ts';
import type { KeyProvider } from '../../../ingest/keys/key-provider.ts';
import { copyPublicHalves } from '../../../ingest/keys/public-halves.ts';
import { SealingKeys } from '../../../ingest/keys/sealing-keys.ts';
import { folder } from '../../helpers/folder.ts';
import { Stream } from '../../helpers/stream.ts';

const acme = tenantId('acme');
const globex = tenantId('globex');
const signal = AbortSignal.timeout(400_000);
const nobody = { error: () => undefined } as unknown as Log;

/** Where everything is there at once; counts what is asked of it. */
function provider(wrap: KeyProvider['wrap'] = async () => 'wrapped') {
  let asked = 0;
  const keys: KeyProvider = {
    scheme: 'test',
    newest: () => undefined,
    rotate: async () => '',
    unwrap: async () => Buffer.alloc(32),
    async wrap(...args) {
      asked += 1;
      return `${await wrap(...args)}${asked}`;
    },
  };
  return { keys, asked: () => asked };
}

test('a rotated key is used by an edge that runs within ten seconds of its public half’s arrival, and the old one still opens', async () => {
  using dir = folder();
  const vault = new FileKeys(dir.file('vault'));
  const edge = new FileKeys(dir.file('edge'));
  vault.make([acme]);
  copyPublicHalves(vault.folder, edge.folder, [acme]);
  let now = 0;
  const seals = new SealingKeys({ provider: edge, log: nobody, now: () => now });
  const stream = new Stream('fs1');
  const next = async () => {
    await seals.ready([acme], signal);
    return stream.next(1, seals.of(acme));
  };
  const keyOf = (batch: { header: { key: string } }) => batch.header.key.split(':')[1];
  const old = await next();
  await vault.rotate(acme);
  copyPublicHalves(vault.folder, edge.folder, [acme]);
  now = 9_999;
  expect(keyOf(await next())).toBe(keyOf(old));
  now = 10_000;
  const fresh = await next();
  expect(keyOf(fresh)).not.toBe(keyOf(old));
  const opener = createOpener([new FileKeys(dir.file('vault'))]);
  for (const batch of [old, fresh]) expect((await opener.open(batch, signal)).header).toBe(batch.header);
});

test('one data key serves many batches, and not without end', async () => {
  const { keys, asked } = provider();
  let now = 0;
  const seals = new SealingKeys({ provider: keys, log: nobody, now: () => now });
  const stream = new Stream('fs1');
  await seals.ready([acme], signal);
  for (let batch = 0; batch < 2_000; batch += 1) seals.of(acme).seal(stream.next().header, Buffer.alloc(0));
  await seals.ready([acme], signal);
  expect(asked()).toBe(1);
  now = 3_600_000;
  await seals.ready([acme], signal);
  expect(asked()).toBe(2);
  const { header } = stream.next();
  for (let batch = 0; batch < 65_536; batch += 1) seals.of(acme).seal(header, Buffer.alloc(0));
  await seals.ready([acme], signal);
  expect(asked()).toBe(3);
});

test('a client whose key cannot be had makes who asks wait, and nobody else; then it goes on', async () => {
  let there = false;
  const { keys } = provider(async (tenant) => {
    if (tenant === acme && !there) throw new Fault('KEY_UNREACHABLE', 'not yet', {});
    return 'wrapped';
  });
  const seals = new SealingKeys({ provider: keys, log: nobody });
  let ready = false;
  const waiting = seals.ready([acme], signal).then(() => {
    ready = true;
  });
  await seals.ready([globex], signal);
  await sleep(300);
  expect(ready).toBe(false);
  there = true;
  await waiting;
  expect(seals.of(acme).name).toMatch(/^test:wrapped/);
});

test('who stops while waiting is let go', async () => {
  const { keys } = provider(async () => {
    throw new Fault('KEY_UNREACHABLE', 'never', {});
  });
  const stop = new AbortController();
  const waiting = new SealingKeys({ provider: keys, log: nobody }).ready([acme], stop.signal);
  setTimeout(() => stop.abort(), 50);
  await expect(waiting).rejects.toThrow();
});

test('an edge without a client’s public half is told what to carry where', async () => {
  using dir = folder();
  await expect(new FileKeys(dir.path).wrap(acme, Buffer.alloc(32))).rejects.toMatchObject({
    code: 'KEY_UNREACHABLE',
    message: expect.stringContaining('cordon keys export-tenants --out FOLDER'),
  });
});
