/**
 * Two small HTTP servers that speak the published protocols of key services, since neither runs here: AWS KMS (awsJson1.1:
 * POST with `X-Amz-Target: TrentService.…`, bytes in base64) and Vault's transit engine (POST /v1/transit/…). They keep
 * keys and refuse as the real ones do; what they check is what their documentation says they check.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface KeyService extends AsyncDisposable {
  readonly url: string;
  /** Operations asked for, in order. */
  readonly asked: string[];
  /** What the next calls get instead of an answer, one each; `hang` gives none. */
  readonly troubles: (Answer | 'hang')[];
  /** The keys there are, by name: their versions, newest last. */
  readonly keys: Map<string, Buffer[]>;
}

type Handle = (request: IncomingMessage, body: Record<string, unknown>, keys: Map<string, Buffer[]>) => Answer;

async function serve(name: (request: IncomingMessage) => string, handle: Handle): Promise<KeyService> {
  const asked: string[] = [];
  const troubles: (Answer | 'hang')[] = [];
  const keys = new Map<string, Buffer[]>();
  const ended = new AbortController();
  const server = createServer(async (request, response) => {
    const body = JSON.parse((await text(request)) || '{}') as Record<string, unknown>;
    asked.push(name(request));
    const trouble = troubles.shift();
    if (trouble === 'hang') await sleep(60_000, undefined, { signal: ended.signal }).catch(() => undefined);
    const answer = trouble === undefined || trouble === 'hang' ? handle(request, body, keys) : trouble;
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer.body));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    troubles,
    keys,
    async [Symbol.asyncDispose]() {
      ended.abort();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function locked(key: Buffer, bound: string, plain: Buffer): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(bound));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function unlocked(key: Buffer, bound: string, sealed: Buffer): Buffer | undefined {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12)).setAAD(Buffer.from(bound));
    decipher.setAuthTag(sealed.subarray(-16));
    return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]);
  } catch {
    return undefined;
  }
}

export const kmsError = (type: string, status = 400): Answer => ({ status, body: { __type: type, message: 'no' } });

const bytes = (value: unknown): Buffer => Buffer.from(String(value), 'base64');
const targetOf = ({ headers }: IncomingMessage) => String(headers['x-amz-target']);

/** A ciphertext names its key and version, as the real ones do. */
export const awsKms = (): Promise<KeyService> =>
  serve(targetOf, (request, body, keys) => {
    const id = String(body['KeyId']);
    const context = JSON.stringify(body['EncryptionContext'] ?? {});
    const versions = keys.get(id);
    if (!request.headers['authorization']?.startsWith('AWS4-HMAC-SHA256 '))
      return kmsError('MissingAuthenticationToken');
    switch (targetOf(request)) {
      case 'TrentService.Encrypt': {
        const key = versions?.at(-1);
        if (!versions || !key) return kmsError('NotFoundException');
        const blob = locked(key, context, bytes(body['Plaintext']));
        const named = Buffer.concat([Buffer.from(`${id} ${versions.length}\n`), blob]);
        return { status: 200, body: { CiphertextBlob: named.toString('base64'), KeyId: id } };
      }
      case 'TrentService.Decrypt': {
        const blob = bytes(body['CiphertextBlob']);
        const line = blob.indexOf(10);
        const [of = '', version] = blob.toString('latin1', 0, Math.max(0, line)).split(' ');
        const key = keys.get(of)?.[Number(version) - 1];
        const plain = key && unlocked(key, context, blob.subarray(line + 1));
        if (!plain) return kmsError('InvalidCiphertextException');
        return { status: 200, body: { Plaintext: plain.toString('base64'), KeyId: of } };
      }
      case 'TrentService.DescribeKey':
        return versions ? { status: 200, body: { KeyMetadata: { KeyId: id } } } : kmsError('NotFoundException');
      case 'TrentService.RotateKeyOnDemand':
        versions?.push(randomBytes(32));
        return { status: 200, body: { KeyId: id } };
      default:
        return kmsError('UnknownOperationException');
    }
  });

export const vaultError = (status: number, ...errors: string[]): Answer => ({ status, body: { errors } });
export const vaultToken = 'hvs.test';

export const vaultTransit = (): Promise<KeyService> =>
  serve(
    ({ url = '' }) => url,
    ({ url = '', method, headers }, body, keys) => {
      if (headers['x-vault-token'] !== vaultToken) return vaultError(403, 'permission denied');
      const [, what, name = '', rotate] = /^\/v1\/transit\/(encrypt|decrypt|keys)\/([^/]+)(\/rotate)?$/.exec(url) ?? [];
      if (what === undefined || method !== 'POST') return vaultError(405, 'unsupported operation');
      const versions = keys.get(name);
      if (what === 'keys' && rotate !== undefined) {
        versions?.push(randomBytes(32));
        return { status: versions ? 204 : 400, body: versions ? undefined : { errors: ['no existing key'] } };
      }
      const newest = versions?.at(-1);
      if (!versions || !newest) return vaultError(400, 'encryption key not found');
      if (what === 'encrypt') {
        const sealed = locked(newest, '', bytes(body['plaintext'])).toString('base64');
        return { status: 200, body: { data: { ciphertext: `vault:v${versions.length}:${sealed}` } } };
      }
      const [, version, sealed] = /^vault:v(\d+):(.+)$/.exec(String(body['ciphertext'])) ?? [];
      const key = versions[Number(version) - 1];
      const plain = key && unlocked(key, '', bytes(sealed));
      if (!plain) return vaultError(400, 'invalid ciphertext: unable to decrypt');
      return { status: 200, body: { data: { plaintext: plain.toString('base64') } } };
    },
  );
