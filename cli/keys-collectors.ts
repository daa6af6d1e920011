/** `cordon keys issue-collector`, `rotate-collector` and the like: whom the vault believes, and whom the brokers let in. */
import { resolve } from 'node:path';
import { Fault } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import { type IssuedCertificate, issueCertificate } from '../ingest/keys/certificates.ts';
import {
  issueCollector,
  registerCollector,
  registeredCollectors,
  replaceCollectorKey,
  revokeCollector,
} from '../ingest/keys/collectors.ts';
import { issueRejectsKey } from '../ingest/keys/reject-keys.ts';
import type { Io } from './command.ts';
import type { Context } from './context.ts';
import type { KeysValues } from './keys.ts';

/** What a replaced key signed may be under way for as long as the brokers keep it; so long it still lands. */
const underWayMs = 7 * 86_400_000;

export interface Asked {
  readonly context: Context;
  readonly args: readonly string[];
  readonly values: KeysValues;
}

/** Of what was done. */
export interface Said {
  /** For `--json`: one object. */
  readonly json: object;
  /** On stdout: files that were made. */
  readonly files?: readonly string[];
  /** On stderr. */
  readonly says: string;
}

export function issueCollectorKey({ context, args, values }: Asked, io: Io): Said {
  const name = named(args, 'issue');
  const { config } = context;
  const out = resolve(io.cwd, values.out ?? '.');
  const { keyFile } = issueCollector(config.data, name, out);
  const near = nearest(name, [...config.sources.keys()]);
  const unknown = config.sources.has(name)
    ? ''
    : `${config.file} has no source \`${name}\`${near ? `; did you mean \`${near}\`?` : ': is it collected elsewhere?'}\n`;
  const says = `${name} is registered. Carry its key to the edge, into keys/collectors of its data folder.\n${unknown}`;
  if (values.tls === undefined) return { json: { collector: name, key_file: keyFile }, files: [keyFile], says };
  const made = issueCertificate(config.data, values.tls, out);
  return {
    json: { collector: name, key_file: keyFile, ...certificateJson(values.tls, made) },
    files: [keyFile, made.certFile, made.keyFile],
    says: `${says}${certificateText(values.tls, made)}`,
  };
}

export function issueUserCertificate({ context, args, values }: Asked, io: Io): Said {
  const [user] = args;
  if (user === undefined) throw new Fault('USAGE', 'name the Kafka user to issue a certificate for');
  const made = issueCertificate(context.config.data, user, resolve(io.cwd, values.out ?? '.'));
  return {
    json: certificateJson(user, made),
    files: [made.certFile, made.keyFile],
    says: certificateText(user, made),
  };
}

const certificateJson = (user: string, { certFile, keyFile, caFile }: IssuedCertificate): object => ({
  user,
  cert_file: certFile,
  cert_key_file: keyFile,
  ca_file: caFile,
});

const certificateText = (user: string, { caFile, validDays }: IssuedCertificate): string =>
  `The brokers must trust ${caFile}; there the certificate is the user ${user}, for ${validDays} days. Then: cordon keys issue-certificate ${user}\n`;

export function registerCollectorKey({ context, args }: Asked, io: Io): Said {
  const name = named(args, 'register');
  const [, file] = args;
  if (file === undefined) throw new Fault('USAGE', 'name the public key file of the collector');
  registerCollector(context.config.data, name, resolve(io.cwd, file));
  return { json: { collector: name }, says: `${name} is registered\n` };
}

export function rotateCollectorKey({ context, args, values }: Asked, io: Io): Said {
  const name = named(args, 'rotate');
  const now = Date.now();
  const atOnce = values['at-once'] === true;
  const revokedAt = registeredCollectors(context.config.data).find((one) => one.name === name)?.revokedAt;
  const keyFile = replaceCollectorKey(context.config.data, name, {
    publicKeyFile: args[1] === undefined ? undefined : resolve(io.cwd, args[1]),
    out: values.out === undefined ? undefined : resolve(io.cwd, values.out),
    oldUntil: atOnce ? now : now + underWayMs,
    now,
  });
  const carry = values.out === undefined ? '' : ' Carry it over the old one, into keys/collectors of the edge.';
  const old =
    revokedAt === undefined
      ? `What the old key signed ${atOnce ? 'lands no more' : 'lands for 7 days more'}, and stays evidence.`
      : `It was revoked at ${revokedAt} and is let in again, with the new key alone.`;
  return {
    json: { collector: name, key_file: keyFile, reinstated: revokedAt !== undefined },
    files: keyFile === undefined ? [] : [keyFile],
    says: `${name} has a new key.${carry} ${old}\n`,
  };
}

export function revokeCollectorKey({ context, args }: Asked): Said {
  const name = named(args, 'revoke');
  const { bus, data } = context.config;
  revokeCollector(data, name, Date.now());
  const collecting = bus === 'local' ? [] : Object.entries(bus.kafka.principals.collectors);
  const users = collecting.filter(([, sources]) => sources.includes(name)).map(([user]) => user);
  const atBrokers =
    bus === 'local'
      ? ''
      : users.length === 0
        ? ' Take its Kafka user away too.'
        : ` Its Kafka user ${users.join(', ')} may still write to the brokers, and is told nothing: take ${name} out of \`principals\` in ${context.config.file}, then cordon acls --apply.`;
  const again = ` To let it in again: cordon keys rotate-collector ${name}.`;
  return {
    json: { collector: name, kafka_users: users },
    says: `${name} is revoked: nothing that it signed lands from now on.${atBrokers}${again}\n`,
  };
}

export function issueKeyForRejects({ values }: Asked, io: Io): Said {
  const { publicFile, privateFile, id } = issueRejectsKey(resolve(io.cwd, values.out ?? '.'));
  return {
    json: { key: id, public_file: publicFile, private_file: privateFile },
    files: [publicFile, privateFile],
    says: `Key ${id}. Carry rejects.pub.pem to the edges and name it there (\`rejects_key\`); keep rejects.pem away from them, with whoever may look: without it nothing opens what was sealed.\n`,
  };
}

function named(args: readonly string[], act: string): string {
  const [name] = args;
  if (name !== undefined) return name;
  throw new Fault('USAGE', `name the collector to ${act}`);
}
