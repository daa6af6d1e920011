/** `cordon keys`: which collectors the vault believes, and the clients' keys that batches are sealed under. */
import { resolve } from 'node:path';
import { Fault } from '../core/errors.ts';
import { issueCertificate } from '../ingest/keys/certificates.ts';
import {
  issueCollector,
  type RegisteredCollector,
  registerCollector,
  registeredCollectors,
  replaceCollectorKey,
  revokeCollector,
} from '../ingest/keys/collectors.ts';
import { issueRejectsKey } from '../ingest/keys/reject-keys.ts';
import { command, type ExitCode, type Io } from './command.ts';
import { type Context, loadContext } from './context.ts';
import { exportTenants, importTenants, rotateTenants } from './keys-tenants.ts';

/** What a replaced key signed may be under way for as long as the brokers keep it; so long it still lands. */
const underWayMs = 7 * 86_400_000;

const options = {
  out: { type: 'string', value: 'FOLDER', help: 'where what is made goes (default for issued keys: this folder)' },
  tls: { type: 'string', value: 'USER', help: 'also a client certificate for this Kafka user' },
  'at-once': {
    type: 'boolean',
    help: 'rotate-collector: what the old key signed lands no more (default: for 7 days, what is under way)',
  },
  tenant: { type: 'string', value: 'CLIENT', help: "rotate: this client's key" },
  all: { type: 'boolean', help: 'rotate: every key' },
} as const;

type Values = {
  readonly [Name in keyof typeof options]?:
    | ((typeof options)[Name]['type'] extends 'string' ? string : boolean)
    | undefined;
} & { readonly json?: boolean | undefined };

interface Asked {
  readonly context: Context;
  readonly args: readonly string[];
  readonly values: Values;
}

const actions: Readonly<Record<string, (asked: Asked, io: Io) => void | Promise<void>>> = {
  'issue-collector'({ context, args, values }, io) {
    const name = named(args, 'issue-collector');
    const out = resolve(io.cwd, values.out ?? '.');
    const { keyFile } = issueCollector(context.config.data, name, out);
    io.out.write(`${keyFile}\n`);
    io.err.write(`${name} is registered. Carry its key to the edge, into keys/collectors of its data folder.\n`);
    if (values.tls === undefined) return;
    const { certFile, keyFile: tlsKey, caFile } = issueCertificate(context.config.data, values.tls, out);
    io.out.write(`${certFile}\n${tlsKey}\n`);
    io.err.write(`The brokers must trust ${caFile}; there the certificate is the user ${values.tls}.\n`);
  },
  'register-collector'({ context, args }, io) {
    const name = named(args, 'register-collector');
    const [, file] = args;
    if (file === undefined) throw new Fault('USAGE', 'name the public key file of the collector');
    registerCollector(context.config.data, name, resolve(io.cwd, file));
    io.err.write(`${name} is registered\n`);
  },
  'rotate-collector'({ context, args, values }, io) {
    const name = named(args, 'rotate-collector');
    const now = Date.now();
    const keyFile = replaceCollectorKey(context.config.data, name, {
      publicKeyFile: args[1] === undefined ? undefined : resolve(io.cwd, args[1]),
      out: values.out === undefined ? undefined : resolve(io.cwd, values.out),
      oldUntil: values['at-once'] === true ? now : now + underWayMs,
      now,
    });
    if (keyFile !== undefined) io.out.write(`${keyFile}\n`);
    const carry = values.out === undefined ? '' : ' Carry it over the old one, into keys/collectors of the edge.';
    const old = values['at-once'] === true ? 'lands no more' : 'lands for 7 days more';
    io.err.write(`${name} has a new key.${carry} What the old key signed ${old}, and stays evidence.\n`);
  },
  'revoke-collector'({ context, args }, io) {
    const name = named(args, 'revoke-collector');
    revokeCollector(context.config.data, name, Date.now());
    io.err.write(`${name} is revoked: nothing that it signed lands from now on. Take its Kafka user away too.\n`);
  },
  'issue-rejects'({ values }, io) {
    const { publicFile, privateFile, id } = issueRejectsKey(resolve(io.cwd, values.out ?? '.'));
    io.out.write(`${publicFile}\n${privateFile}\n`);
    io.err.write(
      `Key ${id}. Carry rejects.pub.pem to the edges and name it there (\`rejects_key\`); keep rejects.pem away from them, with whoever may look: without it nothing opens what was sealed.\n`,
    );
  },
  rotate: ({ context, values }, io) => rotateTenants(context, values, io),
  'export-tenants': ({ context, values }, io) => exportTenants(context, values.out, io),
  'import-tenants': ({ context, args }, io) => importTenants(context, args[0], io),
};

export const keys = command({
  name: 'keys',
  examples: [
    'cordon keys  # the registered collectors',
    'cordon keys issue-collector fs1 --out ./fs1-keys',
    'cordon keys issue-collector fs1 --out ./fs1-keys --tls edge-lon  # with a client certificate of that Kafka user',
    'cordon keys register-collector fs1 fs1.pub.pem  # a key that the edge made itself',
    'cordon keys rotate-collector fs1  # a new signing key; what the old one signed stays evidence',
    'cordon keys revoke-collector fs1',
    'cordon keys rotate --tenant acme  # new batches under a new key; old ones stay readable',
    "cordon keys export-tenants --out ./public  # the clients' public halves, for an edge on another machine",
    'cordon keys import-tenants ./public  # there',
    'cordon keys issue-rejects --out ./rejects-keys  # seals what no collector can read',
  ],
  positionals:
    '[issue-collector NAME | register-collector NAME FILE | rotate-collector NAME [FILE] | revoke-collector NAME | rotate | export-tenants | import-tenants FOLDER | issue-rejects]',
  options,

  async run({ values, positionals }, io): Promise<ExitCode> {
    const context = loadContext(values, io);
    const [name, ...args] = positionals;
    if (name === undefined) return list(context.config.data, values.json === true, io);
    const act = actions[name];
    if (!act) throw new Fault('USAGE', `keys takes ${Object.keys(actions).join(', ')} or nothing, not \`${name}\``);
    await act({ context, args, values }, io);
    return 0;
  },
});

function named(args: readonly string[], action: string): string {
  const [name] = args;
  if (name !== undefined) return name;
  throw new Fault('USAGE', `name the collector to ${action.replace('-collector', '')}`);
}

function list(dataDir: string, json: boolean, io: Io): ExitCode {
  const all = registeredCollectors(dataDir);
  io.out.write(json ? `${JSON.stringify(all)}\n` : all.map(inWords).join(''));
  io.err.write(`${all.length} collectors are registered\n`);
  return 0;
}

function inWords({ name, keys: all, revokedAt }: RegisteredCollector): string {
  const lines = all.map(({ fingerprint, from, until }) => {
    const since = from === undefined ? '' : `, since ${from}`;
    return `  ${fingerprint}${since}${until === undefined ? '' : `, lands until ${until}`}\n`;
  });
  return `${name}${revokedAt ? `  revoked ${revokedAt}` : ''}\n${lines.join('')}`;
}
