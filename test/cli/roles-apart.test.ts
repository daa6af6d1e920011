/**
 * Roles in processes of their own: an edge, two landers, and two that could judge and tell, over a real broker and a ClickHouse server reached
 * by its address. What they say together is what one process says of the same topics, and each mail is sent once.
 */
import type { ChildProcess } from 'node:child_process';
import { appendFileSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Candidate } from '../../core/alert.ts';
import { tenantId, unattributed } from '../../core/types.ts';
import { folder } from '../helpers/folder.ts';
import { type Broker, startBroker } from '../helpers/kafka.ts';
import { mailbox } from '../helpers/mailbox.ts';
import { adminName, type OwnServer, ownServer } from '../helpers/own-server.ts';
import { captured as cordon } from './captured.ts';
import { carryHalves, edgeKey, trustEdge } from './kafka-firm.ts';
import { RoleProcesses, stop } from './role-processes.ts';

jest.setTimeout(1_200_000);
const dir = folder();
const roles = new RoleProcesses();
const clients = ['acme', 'globex', 'initech'];
const people = ['p1', 'p2', 'p3', 'p4'];
let broker: Broker;
let server: OwnServer;

beforeAll(async () => {
  broker = await startBroker();
}, 180_000);
afterAll(async () => {
  await roles[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
  await broker[Symbol.asyncDispose]();
  dir[Symbol.dispose]();
}, 60_000);

const directory = {
  firm: { name: 'Firm', time_zone: 'UTC' },
  clients: clients.map((id) => ({
    id,
    name: `The ${id}`,
    alias: `C-${id}`,
    resources: [{ collector: 'samba', path: `/srv/clients/${id}/**` }],
  })),
  people: people.map((id) => ({
    id,
    name: `N ${id}`,
    kind: 'employee',
    role: 'associate',
    accounts: { samba: `u${id}` },
  })),
  barriers: [{ between: ['acme', 'globex'], kind: 'absolute' }],
};

const facts = people.map((person, i) => ({
  recorded_at: '2025-01-01T00:00:00Z',
  op: 'assign',
  person,
  client: clients[i % clients.length],
  from: '2025-01-01T00:00:00Z',
}));

/** A machine's folder with its configuration; `group` names its landers. */
function machine(name: string, more: object = {}, group = 'cordon-land'): string {
  mkdirSync(dir.file(`${name}/data`), { recursive: true });
  writeFileSync(dir.file(`${name}/directory.yaml`), JSON.stringify(directory));
  writeFileSync(dir.file(`${name}/facts.jsonl`), facts.map((fact) => `${JSON.stringify(fact)}\n`).join(''));
  const config = {
    data: './data',
    directory: './directory.yaml',
    facts: './facts.jsonl',
    sources: {},
    bus: {
      kafka: {
        brokers: [broker.plain],
        group,
        topics: { partitions: 3, replication_factor: 1, min_insync_replicas: 1, retention_days: 3 },
      },
    },
    alerts: { budget_per_day_per_1000: 1_000 },
    log_level: 'silent',
    ...more,
  };
  writeFileSync(dir.file(`${name}/cordon.yaml`), JSON.stringify(config));
  return dir.file(`${name}/cordon.yaml`);
}

async function fine(...args: string[]): Promise<string> {
  const { code, out, err } = await cordon(args);
  if (code !== 0) throw new Error(`cordon ${args.join(' ')}: ${err}`);
  return out;
}

const lines = (text: string) => text.split('\n').filter(Boolean);
const candidatesOf = async (config: string): Promise<Candidate[]> =>
  lines(await fine('alerts', '--candidates', '--json', '--config', config)).map(
    (line) => JSON.parse(line) as Candidate,
  );
const landedIn = async (config: string): Promise<number> =>
  lines(await fine('accesses', '--all', '--json', '--config', config)).length;
const plain = (candidates: readonly Candidate[]) =>
  candidates
    .map(({ score, unknown: _, ...rest }) => ({ ...rest, score: Math.round(score * 1e9) / 1e9 }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));

const messageIds = (mails: readonly string[]) => mails.map((text) => /^Message-ID: <(.+)>/im.exec(text)?.[1] ?? '');

const minute = 60_000;
let lineNumber = 0;

function line(person: string, client: string, at: number): string {
  lineNumber += 1;
  const stamp = new Date(at).toISOString().replace('Z', '000+00:00');
  return `${stamp} fs1 smbd_audit[77]: u${person}|10.20.0.7|pc7|clients|openat|ok|r|/srv/clients/${client}/paper ${lineNumber}.docx\n`;
}

/** Everybody at the client they are assigned to. */
const ordinary = (count: number, from: number, stepMs: number): string =>
  Array.from({ length: count }, (_, i) =>
    line(people[i % 4] ?? '', clients[(i % 4) % 3] ?? '', from + i * stepMs),
  ).join('');
const trouble = (person: string, client: string, count: number, from: number): string =>
  Array.from({ length: count }, (_, i) => line(person, client, from + i * 1_000)).join('');

test('two landers, of which one is killed, and a judge elsewhere that is killed too say what one process says', async () => {
  await using box = await mailbox();
  const mail = {
    host: '127.0.0.1',
    port: box.port,
    tls: 'none',
    from: 'cordon@firm.example',
    to: ['soc@firm.example'],
  };
  const names = [...clients.map(tenantId), unattributed];
  server = await ownServer(dir.file('one/data'), dir.file('server'), names);
  writeFileSync(dir.file('one/admin.secret'), `${server.adminPassword}\n`);
  const store = { url: server.url, admin: { user: adminName, password_file: 'admin.secret' } };
  const edge = machine('edge', { sources: { fs1: { collector: 'samba', tail: 'audit.log' } } });
  const one = machine('one', { store });
  await fine('topics', 'apply', '--config', edge);
  await fine('tenants', 'apply', '--config', one);
  const log = dir.file('edge/audit.log');
  const now = Date.now();
  appendFileSync(log, ordinary(40, now - 60 * minute, 20_000));
  const collecting = roles.start('collect', edge);
  while (!existsSync(dir.file(`edge/${edgeKey}`))) await sleep(50);
  // What the edge signs and seals with; the vault's machines all have the same keys.
  trustEdge(dir.file('one'), dir.file('edge'));
  await carryHalves(dir.file('halves'), one, edge);
  const two = machine('two', { store });
  const judges = [machine('three', { store, mail }), machine('four', { store, mail })] as const;
  const alone = machine('alone', {}, 'alone');
  for (const name of ['two', 'three', 'four', 'alone'])
    cpSync(dir.file('one/data/keys'), dir.file(`${name}/data/keys`), { recursive: true });

  const landers = [roles.start('land', one), roles.start('land', two)];
  const judging = [roles.start('judge,alert', judges[0])];
  const mailed = async (actor: string) => {
    const ids = (await candidatesOf(one)).filter((candidate) => candidate.actor === actor).map(({ id }) => id);
    return messageIds(box.mails).some((name) => ids.some((id) => name.startsWith(`${id}.1.`)));
  };
  while ((await landedIn(one)) < 40) await sleep(1_000);
  appendFileSync(log, trouble('p1', 'globex', 12, now - 30 * minute));
  while (!(await mailed('p1'))) await sleep(1_000);
  // The second one waits while the first has the duty, and takes over what is left undone.
  judging.push(roles.start('judge,alert', judges[1]));
  await sleep(6_000);
  await stop(landers[0] as ChildProcess, 'SIGKILL');
  await stop(judging[0] as ChildProcess, 'SIGKILL');
  appendFileSync(log, trouble('p2', 'initech', 30, now - 20 * minute) + ordinary(40, now - 15 * minute, 5_000));
  while ((await landedIn(one)) < 40 + 12 + 30 + 40) await sleep(1_000);
  while (!(await mailed('p2'))) await sleep(1_000);
  judging[0] = roles.start('judge,alert', judges[0]);
  // Of a day that is closed: it comes late, and by a lander that joined since.
  landers[0] = roles.start('land', one);
  appendFileSync(log, trouble('p3', 'acme', 15, now - 3 * 1_440 * minute));
  while (!(await candidatesOf(one)).some(({ actor }) => actor === 'p3')) await sleep(1_000);

  const single = roles.start('land,judge,alert', alone);
  while ((await landedIn(alone)) < 40 + 12 + 30 + 40 + 15) await sleep(1_000);
  const wanted = plain(await candidatesOf(one));
  while ((await candidatesOf(alone)).length < wanted.length) await sleep(500);
  await sleep(3_000);
  expect(plain(await candidatesOf(alone))).toEqual(wanted);
  expect(plain(await candidatesOf(one))).toEqual(wanted);
  expect(messageIds(box.mails)).toEqual([...new Set(messageIds(box.mails))]);
  for (const child of [collecting, ...landers, ...judging, single]) await stop(child);
  expect(readFileSync(dir.file('edge/audit.log'), 'utf8').split('\n').length - 1).toBe(137);
});
