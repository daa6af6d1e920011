/** `cordon keys`: which collectors the vault believes, and the clients' keys that batches are sealed under. */
import { Fault } from '../core/errors.ts';
import { type RegisteredCollector, registeredCollectors } from '../ingest/keys/collectors.ts';
import { command, type ExitCode, type Io } from './command.ts';
import { loadContext } from './context.ts';
import {
  type Asked,
  issueCollectorKey,
  issueKeyForRejects,
  issueUserCertificate,
  registerCollectorKey,
  revokeCollectorKey,
  rotateCollectorKey,
  type Said,
} from './keys-collectors.ts';
import { exportTenants, importTenants, rotateTenants } from './keys-tenants.ts';

const options = {
  out: { type: 'string', value: 'FOLDER', help: 'where what is made goes (default for issued keys: this folder)' },
  tls: { type: 'string', value: 'USER', help: 'issue-collector: also a client certificate for this Kafka user' },
  'at-once': {
    type: 'boolean',
    help: 'rotate-collector: what the old key signed lands no more (default: for 7 days, what is under way)',
  },
  tenant: { type: 'string', value: 'CLIENT', help: "rotate: this client's key" },
  all: { type: 'boolean', help: 'rotate: every key' },
} as const;

export type KeysValues = {
  readonly [Name in keyof typeof options]?:
    | ((typeof options)[Name]['type'] extends 'string' ? string : boolean)
    | undefined;
} & { readonly json?: boolean | undefined };

interface Action {
  /** How many words it takes at most: one more may be a second collector that somebody believes to be revoked. */
  readonly takes: number;
  act(asked: Asked, io: Io): Said | Promise<Said | undefined>;
}

const actions: Readonly<Record<string, Action>> = {
  'issue-collector': { takes: 1, act: issueCollectorKey },
  'issue-certificate': { takes: 1, act: issueUserCertificate },
  'register-collector': { takes: 2, act: registerCollectorKey },
  'rotate-collector': { takes: 2, act: rotateCollectorKey },
  'revoke-collector': { takes: 1, act: revokeCollectorKey },
  'issue-rejects': { takes: 0, act: issueKeyForRejects },
  rotate: { takes: 0, act: ({ context, values }, io) => rotateTenants(context, values, io) },
  'export-tenants': { takes: 0, act: ({ context, values }, io) => exportTenants(context, values.out, io) },
  'import-tenants': { takes: 1, act: ({ context, args }, io) => importTenants(context, args[0], io) },
};

export const keys = command({
  name: 'keys',
  examples: [
    'cordon keys  # the registered collectors',
    'cordon keys issue-collector fs1 --out ./fs1-keys',
    'cordon keys issue-collector fs1 --out ./fs1-keys --tls edge-lon  # with a client certificate of that Kafka user',
    'cordon keys issue-certificate lander --out ./lander-tls  # for any Kafka user, also when one is about to expire',
    'cordon keys register-collector fs1 fs1.pub.pem  # a key that the edge made itself',
    'cordon keys rotate-collector fs1  # a new signing key; what the old one signed stays evidence',
    'cordon keys revoke-collector fs1  # nothing that it signed lands any more; rotate-collector lets it in again',
    'cordon keys rotate --tenant acme  # new batches under a new key; old ones stay readable',
    "cordon keys export-tenants --out ./public  # the clients' public halves, for an edge on another machine",
    'cordon keys import-tenants ./public  # there',
    'cordon keys issue-rejects --out ./rejects-keys  # seals what no collector can read',
  ],
  positionals:
    '[issue-collector NAME | issue-certificate USER | register-collector NAME FILE | rotate-collector NAME [FILE] | revoke-collector NAME | rotate | export-tenants | import-tenants FOLDER | issue-rejects]',
  options,

  async run({ values, positionals }, io): Promise<ExitCode> {
    const context = loadContext(values, io);
    const [name, ...args] = positionals;
    if (name === undefined) return list(context.config.data, values.json === true, io);
    const action = actions[name];
    if (!action) throw new Fault('USAGE', `keys takes ${Object.keys(actions).join(', ')} or nothing, not \`${name}\``);
    const surplus = args[action.takes];
    if (surplus !== undefined)
      throw new Fault('USAGE', `keys ${name} takes no \`${surplus}\`: nothing was done; one at a time`);
    const said = await action.act({ context, args, values }, io);
    if (said === undefined) return 0;
    if (values.json === true) io.out.write(`${JSON.stringify(said.json)}\n`);
    else for (const file of said.files ?? []) io.out.write(`${file}\n`);
    io.err.write(said.says);
    return 0;
  },
});

function list(dataDir: string, json: boolean, io: Io): ExitCode {
  const all = registeredCollectors(dataDir);
  io.out.write(json ? `${JSON.stringify(all)}\n` : all.map(inWords).join(''));
  io.err.write(`${all.length} collectors are registered\n`);
  return 0;
}

function inWords({ name, keys: all, revokedAt }: RegisteredCollector): string {
  const lines = all.map(({ fingerprint, from, until }) => {
    const since = from === undefined ? '' : `, since ${from}`;
    const end =
      until === undefined ? '' : Date.parse(until) > Date.now() ? `, lands until ${until}` : `, until ${until}`;
    return `  ${fingerprint}${since}${revokedAt === undefined ? end : ''}\n`;
  });
  return `${name}${revokedAt ? `  revoked ${revokedAt}` : ''}\n${lines.join('')}`;
}
