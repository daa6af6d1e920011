/** A real PostgreSQL with pgaudit: a cluster of its own in a folder, with the settings docs/sources.md gives. */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, chmodSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '../helpers/eventually.ts';
import { freePorts } from '../helpers/ports.ts';
import { isRoot, missing } from './installed.ts';
import { documented, listens } from './smb-server.ts';

const root = '/usr/lib/postgresql';
const home = (existsSync(root) ? readdirSync(root) : [])
  .map((version) => join(root, version))
  .find((path) => existsSync(join(path, 'lib/pgaudit.so')) && existsSync(join(path, 'bin/postgres')));

export const noPostgres: string | undefined =
  home === undefined ? 'PostgreSQL with pgaudit is not installed' : missing('psql', 'setpriv');

export interface PgServer extends AsyncDisposable {
  /** Files of csvlog. */
  readonly logs: string;
  /** Runs statements as this role; answers what psql printed. */
  as(role: string, ...statements: readonly string[]): Promise<string>;
}

/** PostgreSQL does not run as root; Debian's package brings an account for it. */
const drop = isRoot ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : [];

function command(program: string, ...args: readonly string[]): [string, string[]] {
  const [first = '', ...rest] = [...drop, join(home ?? '', 'bin', program), ...args];
  return [first, rest];
}

export async function pgServer(folder: string): Promise<PgServer> {
  const [port = 0] = await freePorts(1);
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o755);
  const data = join(folder, 'data');
  const logs = join(folder, 'log');
  if (isRoot) execFileSync('chown', ['postgres', folder]);
  execFileSync(...command('initdb', '-D', data, '-A', 'trust', '-U', 'postgres', '--no-sync'), { stdio: 'ignore' });
  appendFileSync(
    join(data, 'postgresql.conf'),
    `listen_addresses = '127.0.0.1'
port = ${port}
unix_socket_directories = ''
fsync = off
${documented('conf').replace('/var/log/postgresql', logs)}`,
  );
  const child = spawn(...command('postgres', '-D', data), { stdio: 'ignore' });
  const ended = once(child, 'exit');
  await eventually(() => listens(port));
  return {
    logs: join(logs, '*.csv'),
    async as(role, ...statements) {
      const each = statements.flatMap((statement) => ['-c', statement]);
      const to = ['-h', '127.0.0.1', '-p', `${port}`, '-U', role, '-d', 'postgres', '-qAtX', ...each];
      const { stdout, stderr } = await promisify(execFile)('psql', to).catch((error) => error);
      return `${stdout}${stderr}`;
    },
    async [Symbol.asyncDispose]() {
      // Fast shutdown.
      child.kill('SIGINT');
      await ended;
    },
  };
}
