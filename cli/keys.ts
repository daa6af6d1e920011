/** `cordon keys`: which collectors the vault believes. */
import { resolve } from 'node:path';
import { Fault } from '../core/errors.ts';
import { issueCertificate } from '../ingest/keys/certificates.ts';
import { issueCollector, registerCollector, registeredCollectors, revokeCollector } from '../ingest/keys/collectors.ts';
import { command, type ExitCode, type Io } from './command.ts';
import { loadContext } from './context.ts';

interface Asked {
  readonly dataDir: string;
  readonly name: string;
  readonly more: readonly string[];
  readonly out: string;
  readonly tlsUser: string | undefined;
}

const actions: Readonly<Record<string, (asked: Asked, io: Io) => void>> = {
  'issue-collector'({ dataDir, name, out, tlsUser }, io) {
    const { keyFile } = issueCollector(dataDir, name, out);
    io.out.write(`${keyFile}\n`);
    io.err.write(`${name} is registered. Carry its key to the edge, into keys/collectors of its data folder.\n`);
    if (tlsUser === undefined) return;
    const { certFile, keyFile: tlsKey, caFile } = issueCertificate(dataDir, tlsUser, out);
    io.out.write(`${certFile}\n${tlsKey}\n`);
    io.err.write(`The brokers must trust ${caFile}; there the certificate is the user ${tlsUser}.\n`);
  },
  'register-collector'({ dataDir, name, more }, io) {
    const [file] = more;
    if (file === undefined) throw new Fault('USAGE', 'name the public key file of the collector');
    registerCollector(dataDir, name, resolve(io.cwd, file));
    io.err.write(`${name} is registered\n`);
  },
  'revoke-collector'({ dataDir, name }, io) {
    revokeCollector(dataDir, name, Date.now());
    io.err.write(`${name} is revoked: nothing that it signed lands from now on. Take its Kafka user away too.\n`);
  },
};

export const keys = command({
  name: 'keys',
  examples: [
    'cordon keys  # the registered collectors',
    'cordon keys issue-collector fs1 --out ./fs1-keys',
    'cordon keys issue-collector fs1 --out ./fs1-keys --tls edge-lon  # with a client certificate of that Kafka user',
    'cordon keys register-collector fs1 fs1.pub.pem  # a key that the edge made itself',
    'cordon keys revoke-collector fs1',
  ],
  positionals: '[issue-collector NAME | register-collector NAME FILE | revoke-collector NAME]',
  options: {
    out: { type: 'string', value: 'FOLDER', help: 'where an issued key goes (default: this folder)' },
    tls: { type: 'string', value: 'USER', help: 'also a client certificate for this Kafka user' },
  },

  async run({ values, positionals }, io): Promise<ExitCode> {
    const { config } = loadContext(values, io);
    const [name, collector, ...more] = positionals;
    if (name === undefined) return list(config.data, values.json === true, io);
    const act = actions[name];
    if (!act) throw new Fault('USAGE', `keys takes ${Object.keys(actions).join(', ')} or nothing, not \`${name}\``);
    if (collector === undefined) throw new Fault('USAGE', `name the collector to ${name.replace('-collector', '')}`);
    const out = resolve(io.cwd, values.out ?? '.');
    act({ dataDir: config.data, name: collector, more, out, tlsUser: values.tls }, io);
    return 0;
  },
});

function list(dataDir: string, json: boolean, io: Io): ExitCode {
  const all = registeredCollectors(dataDir);
  if (json) io.out.write(`${JSON.stringify(all)}\n`);
  else for (const { name, revokedAt } of all) io.out.write(`${name}${revokedAt ? `  revoked ${revokedAt}` : ''}\n`);
  io.err.write(`${all.length} collectors are registered\n`);
  return 0;
}
