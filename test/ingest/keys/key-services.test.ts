/**
 * The same questions to both key services, over their wire protocols. The servers are small ones of our own that speak what
 * AWS and HashiCorp publish (test/helpers/key-services.ts): the clients are the real ones, the services are not.
 */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createLog } from '../../../core/log.ts';
import { tenantId } from '../../../core/types.ts';
import { AwsKmsKeys } from '../../../ingest/keys/aws-kms.ts';
import type { KeyProvider } from '../../../ingest/keys/key-provider.ts';
import { SealingKeys } from '../../../ingest/keys/sealing-keys.ts';
import { VaultKeys } from '../../../ingest/keys/vault-keys.ts';
import {
  type Answer,
  awsKms,
  type KeyService,
  kmsError,
  vaultError,
  vaultToken,
  vaultTransit,
} from '../../helpers/key-services.ts';

const acme = tenantId('acme');
const globex = tenantId('globex');
const signal = AbortSignal.timeout(400_000);
const dataKey = randomBytes(32);
// Long enough for a busy machine; a service that hangs is waited for that long, twice.
const callMsMax = 5_000;

interface Kind {
  readonly name: string;
  readonly serve: () => Promise<KeyService>;
  readonly open: (url: string) => KeyProvider;
  readonly keyOf: (tenant: string) => string;
  readonly throttled: Answer;
  readonly forbidden: Answer;
}

const kinds: readonly Kind[] = [
  {
    name: 'AWS KMS',
    serve: awsKms,
    open: (endpoint) => new AwsKmsKeys({ region: 'eu-west-2', key: 'alias/cordon-{tenant}', endpoint }, { callMsMax }),
    keyOf: (tenant) => `alias/cordon-${tenant}`,
    throttled: kmsError('ThrottlingException'),
    forbidden: kmsError('AccessDeniedException'),
  },
  {
    name: 'Vault transit',
    serve: vaultTransit,
    open: (url) =>
      new VaultKeys(
        {
          url,
          mount: 'transit',
          key: 'cordon-{tenant}',
          namespace: undefined,
          token: { env: 'T' },
          ca_file: undefined,
        },
        { T: vaultToken },
        { callMsMax },
      ),
    keyOf: (tenant) => `cordon-${tenant}`,
    throttled: vaultError(429, 'rate limit quota exceeded'),
    forbidden: vaultError(403, 'permission denied'),
  },
];

const before = { ...process.env };
beforeAll(() => {
  // The SDK signs with what the environment gives; the server only looks whether it was signed.
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'AKIDTEST', AWS_SECRET_ACCESS_KEY: 'test' });
});
afterAll(() => {
  process.env = before;
});

describe.each(kinds)('$name', ({ serve, open, keyOf, throttled, forbidden }) => {
  async function service() {
    const server = await serve();
    for (const tenant of ['acme', 'globex']) server.keys.set(keyOf(tenant), [randomBytes(32)]);
    return server;
  }

  test('gives back the data key that it wrapped, in plain ASCII', async () => {
    await using server = await service();
    const keys = open(server.url);
    const wrapped = await keys.wrap(acme, dataKey, signal);
    expect(wrapped).toMatch(/^[!-~]+$/);
    expect(Buffer.from(wrapped)).not.toContain(dataKey);
    expect(await keys.unwrap(acme, wrapped, signal)).toEqual(dataKey);
  });

  test('unwraps nothing of another client, and nothing that was changed', async () => {
    await using server = await service();
    const keys = open(server.url);
    const wrapped = await keys.wrap(acme, dataKey, signal);
    await expect(keys.unwrap(globex, wrapped, signal)).rejects.toThrow(/globex/);
    await expect(keys.unwrap(globex, wrapped.replaceAll('acme', 'globex'), signal)).rejects.toMatchObject({
      code: 'KEY_REFUSED',
    });
    const flipped = wrapped.slice(0, -8) + (wrapped.at(-8) === 'A' ? 'B' : 'A') + wrapped.slice(-7);
    await expect(keys.unwrap(acme, flipped, signal)).rejects.toMatchObject({ code: 'KEY_REFUSED' });
  });

  test('opens with the old key what was wrapped before it was rotated', async () => {
    await using server = await service();
    const keys = open(server.url);
    const old = await keys.wrap(acme, dataKey, signal);
    expect(await keys.rotate(acme, signal)).toContain(keyOf('acme'));
    expect(server.keys.get(keyOf('acme'))).toHaveLength(2);
    const fresh = await keys.wrap(acme, dataKey, signal);
    expect(await keys.unwrap(acme, old, signal)).toEqual(dataKey);
    expect(await keys.unwrap(acme, fresh, signal)).toEqual(dataKey);
  });

  test('is asked again after it throttled, and says why it is not there', async () => {
    await using server = await service();
    const keys = open(server.url);
    for (const trouble of [forbidden, 'hang'] as const) {
      server.troubles.push(trouble);
      await expect(keys.wrap(acme, dataKey, signal)).rejects.toMatchObject({ code: 'KEY_UNREACHABLE', retry: true });
    }
    server.troubles.push(throttled);
    const seals = new SealingKeys({ provider: keys, log: createLog('silent') });
    await seals.ready([acme], signal);
    expect(seals.of(acme).name).toMatch(new RegExp(`^${keys.scheme}:`));
  });

  test('stops asking when told to', async () => {
    await using server = await service();
    server.troubles.push('hang');
    const stop = new AbortController();
    const asked = open(server.url).wrap(acme, dataKey, stop.signal);
    setTimeout(() => stop.abort(), 50);
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('that is away is KEY_UNREACHABLE', async () => {
    const server = await service();
    await server[Symbol.asyncDispose]();
    await expect(open(server.url).wrap(acme, dataKey, signal)).rejects.toMatchObject({ code: 'KEY_UNREACHABLE' });
  });

  test('is asked once for many batches, until the data key is an hour old', async () => {
    await using server = await service();
    let now = 0;
    const seals = new SealingKeys({ provider: open(server.url), log: createLog('silent'), now: () => now });
    for (const minute of [0, 1, 59]) {
      now = minute * 60_000;
      await seals.ready([acme], signal);
    }
    expect(server.asked).toHaveLength(1);
    now = 3_600_000;
    await seals.ready([acme], signal);
    expect(server.asked).toHaveLength(2);
  });
});

test('a Vault whose key is gone says so: what it sealed cannot be read', async () => {
  await using server = await vaultTransit();
  const [, vault] = kinds;
  if (!vault) throw new Error('there are two');
  server.keys.set('cordon-acme', [randomBytes(32)]);
  const wrapped = await vault.open(server.url).wrap(acme, dataKey, signal);
  server.keys.delete('cordon-acme');
  await expect(vault.open(server.url).unwrap(acme, wrapped, signal)).rejects.toMatchObject({
    code: 'KEY_MISSING',
    message: 'client acme: the key transit/cordon-acme is not in Vault any more; what it sealed cannot be read',
  });
});

test('AWS KMS whose key is gone says so, and what is no ciphertext is refused without a question', async () => {
  await using server = await awsKms();
  const [kms] = kinds;
  if (!kms) throw new Error('there are two');
  server.keys.set('alias/cordon-acme', [randomBytes(32)]);
  const wrapped = await kms.open(server.url).wrap(acme, dataKey, signal);
  server.troubles.push(kmsError('NotFoundException'));
  await expect(kms.open(server.url).unwrap(acme, wrapped, signal)).rejects.toMatchObject({
    code: 'KEY_MISSING',
    message: 'client acme: the key is not in AWS KMS any more; what it sealed cannot be read',
  });
  const before = server.asked.length;
  for (const wrong of ['', 'a b', `${wrapped}=`])
    await expect(kms.open(server.url).unwrap(acme, wrong, signal)).rejects.toMatchObject({ code: 'KEY_REFUSED' });
  expect(server.asked).toHaveLength(before);
});

test('a key of another account, which AWS KMS denies for ever, is waited for ten minutes and then refused with a remedy', async () => {
  await using server = await awsKms();
  server.keys.set('alias/cordon-acme', [randomBytes(32)]);
  let now = 0;
  const config = { region: 'eu-west-2', key: 'alias/cordon-{tenant}', endpoint: server.url };
  const keys = new AwsKmsKeys(config, { callMsMax: 5_000 }, () => now);
  const [foreign, own] = [await keys.wrap(acme, dataKey, signal), await keys.wrap(acme, dataKey, signal)];
  const codes: string[] = [];
  for (let n = 0; n < 12; n += 1) {
    server.troubles.push(kmsError('AccessDeniedException'));
    codes.push(await keys.unwrap(acme, foreign, signal).then(String, (error: { code: string }) => error.code));
    now += 60_000;
  }
  expect(codes).toEqual([...Array.from({ length: 10 }, () => 'KEY_UNREACHABLE'), 'KEY_REFUSED', 'KEY_REFUSED']);
  server.troubles.push(kmsError('AccessDeniedException'));
  await expect(keys.unwrap(acme, foreign, signal)).rejects.toMatchObject({
    message: expect.stringMatching(/grant kms:Decrypt if the key is yours, and `cordon replay-dead`/),
  });
  // What is granted meanwhile opens, and what others sealed was never held up by it.
  expect(await keys.unwrap(acme, own, signal)).toEqual(dataKey);
  expect(await keys.unwrap(acme, foreign, signal)).toEqual(dataKey);
});
