/** Every way of logging in that cordon.yaml knows, at a real broker: the right secret gets in as the user it names, a wrong one does not. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import type { KafkaConfig, KafkaSasl } from '../../../core/kafka-config.ts';
import { createLog } from '../../../core/log.ts';
import { tenantId } from '../../../core/types.ts';
import { kafkaBus } from '../../../ingest/bus/kafka-bus.ts';
import { authority } from '../../helpers/authority.ts';
import { folder } from '../../helpers/folder.ts';
import { type Broker, startBroker } from '../../helpers/kafka.ts';
import { kafkaConfigOf } from '../../helpers/kafka-config.ts';
import { Stream } from '../../helpers/stream.ts';

const user = 'edge-lon';
const secret = 'edge-lon-secret';
const dir = folder();
const issuer = generateKeyPairSync('rsa', { modulusLength: 2048 });
let broker: Broker;

/** A token as an identity provider signs it (RFC 7519, RS256), good for so many seconds. */
function token(subject: string, seconds: number, key = issuer.privateKey): string {
  const now = Math.floor(Date.now() / 1000);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { iss: 'firm', aud: 'kafka', sub: subject, scope: 'kafka', iat: now - 60, exp: now + seconds };
  const signed = `${part({ alg: 'RS256', typ: 'JWT', kid: 'firm-1' })}.${part(claims)}`;
  return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), key).toString('base64url')}`;
}

beforeAll(async () => {
  const jwk = { ...issuer.publicKey.export({ format: 'jwk' }), kid: 'firm-1', use: 'sig', alg: 'RS256' };
  writeFileSync(dir.file('jwks.json'), JSON.stringify({ keys: [jwk] }));
  const listener = 'listener.name.walled';
  const security = 'org.apache.kafka.common.security';
  broker = await startBroker({
    users: { [user]: secret },
    allowedUrls: [`file://${dir.file('jwks.json')}`],
    properties: [
      `${listener}.sasl.enabled.mechanisms=SCRAM-SHA-256,SCRAM-SHA-512,PLAIN,OAUTHBEARER`,
      `${listener}.scram-sha-512.sasl.jaas.config=${security}.scram.ScramLoginModule required;`,
      `${listener}.plain.sasl.jaas.config=${security}.plain.PlainLoginModule required user_${user}="${secret}";`,
      `${listener}.oauthbearer.sasl.jaas.config=${security}.oauthbearer.OAuthBearerLoginModule required;`,
      `${listener}.oauthbearer.sasl.server.callback.handler.class=${security}.oauthbearer.OAuthBearerValidatorCallbackHandler`,
      `${listener}.oauthbearer.sasl.oauthbearer.jwks.endpoint.url=file://${dir.file('jwks.json')}`,
      // Without the listener's prefix: with it, the broker of 4.1.1 takes a token whoever signed it.
      `sasl.oauthbearer.jwt.validator.class=${security}.oauthbearer.BrokerJwtValidator`,
      `${listener}.oauthbearer.sasl.oauthbearer.expected.audience=kafka`,
      `${listener}.oauthbearer.sasl.oauthbearer.expected.issuer=firm`,
    ],
  });
  const admin = new Kafka({ brokers: [broker.plain], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic: 'cordon.acme', numPartitions: 1 }] });
  const rule = { principal: `User:${user}`, host: '*', permissionType: 3, resourceType: 2, resourcePatternType: 3 };
  await admin.createAcls({ acl: [{ ...rule, operation: 4, resourceName: 'cordon.acme' }] });
  await admin.disconnect();
}, 300_000);

afterAll(async () => {
  await broker[Symbol.asyncDispose]();
  dir[Symbol.dispose]();
});

/** Whether a batch sent with this login is with the broker within the time; a refused login is retried for ever. */
async function sends(login: Partial<Pick<KafkaConfig, 'sasl' | 'ssl' | 'brokers'>>, ms = 60_000): Promise<boolean> {
  const config = kafkaConfigOf(broker, {
    brokers: [broker.walled],
    group: 'cordon-land',
    ssl: { ca_file: broker.authority.caFile },
    ...login,
  });
  const tenants = () => [tenantId('acme')];
  await using bus = kafkaBus({ config, env: {}, log: createLog('silent'), tenants });
  return await bus.send(new Stream('fs1').next(), AbortSignal.timeout(ms)).then(
    () => true,
    () => false,
  );
}

function held(name: string, value: string): { readonly file: string } {
  writeFileSync(dir.file(name), value, { mode: 0o600 });
  return { file: dir.file(name) };
}

let secrets = 0;
function by(mechanism: KafkaSasl['mechanism'], value: string, username: string | undefined = user) {
  secrets += 1;
  return { sasl: { mechanism, username, secret: held(`secret-${secrets}`, value) } };
}

/** As long as the right one takes many times over. */
const refusedMs = 6_000;

const certificate = (name: string) => {
  const { certFile, keyFile } = broker.authority.issue(name);
  return {
    brokers: [broker.mutual],
    ssl: { ca_file: broker.authority.caFile, cert_file: certFile, key_file: keyFile },
  };
};

describe('the right secret lets in', () => {
  const passwords = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;
  test.each(passwords)('%s', async (mechanism) => expect(await sends(by(mechanism, secret))).toBe(true));

  test('oauthbearer, as the token’s subject', async () =>
    expect(await sends(by('oauthbearer', token(user, 300), undefined))).toBe(true));

  test('oauthbearer, renewed in its file meanwhile, without a restart', async () => {
    const login = by('oauthbearer', token(user, -120), undefined);
    const sent = sends(login);
    setTimeout(() => writeFileSync(login.sasl.secret.file, token(user, 300)), 1_500);
    expect(await sent).toBe(true);
  });

  test('a client certificate, as its CN', async () => expect(await sends(certificate(user))).toBe(true));
});

test('nothing else does', async () => {
  const others = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const attempts = {
    ...Object.fromEntries(
      (['plain', 'scram-sha-256', 'scram-sha-512'] as const).flatMap((mechanism) => [
        [`${mechanism}, another password`, by(mechanism, 'guess')],
        [`${mechanism}, the password of another user`, by(mechanism, secret, 'lander')],
      ]),
    ),
    'a token of another subject': by('oauthbearer', token('somebody', 300), undefined),
    'a token that is over': by('oauthbearer', token(user, -120), undefined),
    'a token that somebody else signed': by('oauthbearer', token(user, 300, others), undefined),
    'a certificate of another name': certificate('somebody'),
    'no certificate': { brokers: [broker.mutual] },
    'a broker that an authority not ours vouches for': {
      ...by('plain', secret),
      ssl: { ca_file: authority(dir.path, 'stranger').caFile },
    },
  };
  const tried = Object.entries(attempts).map(async ([what, login]) => [what, await sends(login, refusedMs)] as const);
  const letIn = (await Promise.all(tried)).filter(([, sent]) => sent).map(([what]) => what);
  expect({ tried: tried.length, letIn }).toEqual({ tried: 12, letIn: [] });
});
