/** A real smbd with vfs_full_audit and the rsyslogd it writes to, on a port of its own, with the settings docs/sources.md gives. */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../core/package-root.ts';
import { eventually } from '../helpers/eventually.ts';
import { freePorts } from '../helpers/ports.ts';
import { isRoot, missing, ownDev, programOf } from './installed.ts';

/** smbd writes to /dev/log and nowhere else: to one of our own, or to one that nobody has. */
export const noSamba: string | undefined =
  missing('smbd', 'smbclient', 'pdbedit', 'rsyslogd') ??
  (isRoot ? undefined : 'smbd must be started by root') ??
  (ownDev || !existsSync('/dev/log') ? undefined : '/dev/log is another syslog’s');

/** The block of docs/sources.md under this name: what is tried here is what is written there. */
export function documented(language: string): string {
  const page = readFileSync(new URL('docs/sources.md', packageRoot), 'utf8');
  const block = page.split(`\`\`\`${language}\n`)[1]?.split('```')[0];
  if (block === undefined) throw new Error(`docs/sources.md has no block of ${language}`);
  return block;
}

export interface SmbServer extends AsyncDisposable {
  readonly log: string;
  /** Runs smbclient's commands as this user; answers what it printed. */
  as(user: string, commands: string): Promise<string>;
}

/** `users` are accounts of the machine: smbd acts under them. The share `clients` is `share`. */
export async function smbServer(home: string, share: string, users: readonly string[]): Promise<SmbServer> {
  const [port = 0] = await freePorts(1);
  const state = join(home, 'state');
  const dev = join(home, 'dev');
  for (const path of [state, dev]) mkdirSync(path, { recursive: true });
  chmodSync(home, 0o755);
  const log = join(home, 'audit.log');
  const config = join(home, 'smb.conf');
  const audit = documented('ini');
  writeFileSync(
    config,
    `[global]
server role = standalone server
netbios name = FS1
interfaces = 127.0.0.1
bind interfaces only = yes
smb ports = ${port}
disable netbios = yes
load printers = no
disable spoolss = yes
passdb backend = tdbsam:${join(state, 'passdb.tdb')}
ncalrpc dir = ${join(state, 'ncalrpc')}
${['private dir', 'lock directory', 'state directory', 'cache directory', 'pid directory'].map((name) => `${name} = ${state}`).join('\n')}
[clients]
path = ${share}
read only = no
${audit}`,
  );
  writeFileSync(
    join(home, 'rsyslog.conf'),
    `module(load="imuxsock")\n${documented('rsyslog').replace('/var/log/samba/audit.log', log)}`,
  );
  for (const user of users)
    execFileSync(programOf('pdbedit') ?? '', ['-s', config, '-a', '-u', user, '-t'], {
      input: `secret-${user}\nsecret-${user}\n`,
      stdio: ['pipe', 'ignore', 'pipe'],
    });
  const mounts = `mount -t tmpfs tmpfs ${dev}
for n in null zero full random urandom; do touch ${dev}/$n; mount --bind /dev/$n ${dev}/$n; done
mount --rbind ${dev} /dev\n`;
  const run = `set -e\n${ownDev ? mounts : ''}${programOf('rsyslogd')} -n -f ${home}/rsyslog.conf -i ${home}/rsyslog.pid &
exec ${programOf('smbd')} --foreground --no-process-group -s ${config} -l ${state}\n`;
  writeFileSync(join(home, 'run.sh'), run);
  const sh = ['sh', join(home, 'run.sh')];
  const [command = '', ...args] = ownDev ? ['unshare', '-m', ...sh] : sh;
  // A group of its own: smbd, its children and rsyslogd end together.
  const child = spawn(command, args, { detached: true, stdio: 'ignore' });
  const ended = once(child, 'exit');
  await eventually(() => listens(port));
  return {
    log,
    async as(user, commands) {
      const to = ['-s', config, '//127.0.0.1/clients', '-p', `${port}`, '-U', `${user}%secret-${user}`, '-c', commands];
      const { stdout, stderr } = await promisify(execFile)('smbclient', to, { cwd: home }).catch((error) => error);
      return `${stdout}${stderr}`;
    },
    async [Symbol.asyncDispose]() {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      await ended;
      if (!ownDev) rmSync('/dev/log', { force: true });
    },
  };
}

export async function listens(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
}
