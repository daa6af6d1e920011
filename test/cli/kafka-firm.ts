/** A configuration over a real broker: two edges, a lander, an operator, and two clients. */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Broker } from '../helpers/kafka.ts';
import { captured } from './captured.ts';

export const users = {
  'edge-files': 'edge-files-secret',
  'edge-db': 'edge-db-secret',
  lander: 'lander-secret',
  'lander-globex': 'lander-globex-secret',
  operator: 'operator-secret',
  nobody: 'nobody-secret',
} as const;

/** acme has files and a database, globex a database only. */
const directory = {
  firm: { name: 'Firm', time_zone: 'UTC' },
  clients: [
    {
      id: 'acme',
      name: 'Acme',
      resources: [
        { collector: 'samba', path: '/srv/clients/acme/**' },
        { source: 'pg1', schema: 'cl_acme' },
      ],
    },
    { id: 'globex', name: 'Globex', resources: [{ source: 'pg1', schema: 'cl_globex' }] },
  ],
  people: [{ id: 'p1', name: 'Ana Chan', kind: 'employee', accounts: { samba: 'achan' } }],
};

/** Writes it into the folder. As who it connects: a user of the walled listener, or a super user. */
export function writeFirm(folder: string, broker: Broker, as: keyof typeof users | 'super', more: object = {}): string {
  mkdirSync(folder, { recursive: true });
  const walled = {
    brokers: [broker.walled],
    ssl: { ca_file: broker.authority.caFile },
    sasl: { mechanism: 'scram-sha-256', username: as, password_file: 'password' },
  };
  writeFileSync(join(folder, 'password'), as === 'super' ? '' : users[as], { mode: 0o600 });
  writeFileSync(join(folder, 'directory.yaml'), JSON.stringify(directory));
  const config = {
    data: './data',
    directory: './directory.yaml',
    sources: {
      fs1: { collector: 'samba', tail: 'audit.log' },
      pg1: { collector: 'pgaudit', tail: 'pg.csv' },
    },
    bus: {
      kafka: {
        ...(as === 'super' ? { brokers: [broker.plain] } : walled),
        topics: { partitions: 2, replication_factor: 1, min_insync_replicas: 1, retention_days: 3 },
        principals: {
          collectors: { 'edge-files': ['fs1'], 'edge-db': ['pg1'] },
          landers: { lander: 'all', 'lander-globex': ['globex'] },
          operators: ['operator'],
        },
      },
    },
    log_level: 'silent',
    ...more,
  };
  writeFileSync(join(folder, 'cordon.yaml'), JSON.stringify(config));
  return join(folder, 'cordon.yaml');
}

async function fine(...args: string[]): Promise<void> {
  const { code, err } = await captured(args);
  if (code !== 0) throw new Error(`cordon ${args.join(' ')}: ${err}`);
}

/** Topics and rights at a broker as its super user makes them. */
export async function raiseWalls(folder: string, broker: Broker): Promise<void> {
  const config = writeFirm(folder, broker, 'super');
  await fine('topics', 'apply', '--config', config);
  await fine('acls', '--apply', '--config', config);
}

/** The clients' public halves, by which an edge seals, carried there in a folder. */
export async function carryHalves(folder: string, vault: string, edge: string): Promise<void> {
  await fine('keys', 'export-tenants', '--out', folder, '--config', vault);
  await fine('keys', 'import-tenants', folder, '--config', edge);
}

export const edgeKey = 'data/keys/collectors/fs1.pub.pem';

/** By which a vault knows what the edge signs. Both are folders of configurations. */
export function trustEdge(vault: string, edge: string): void {
  mkdirSync(join(vault, 'data/keys/collectors'), { recursive: true });
  cpSync(join(edge, edgeKey), join(vault, edgeKey));
}
