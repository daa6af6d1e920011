/**
 * An edge and a vault as processes of their own over a real broker, a log that goes on being written, and somebody who
 * looks at the store all the time. Faults come into it; afterwards each record must be there once.
 */
import { appendFileSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Config, loadConfig } from '../../../core/config.ts';
import { createLog } from '../../../core/log.ts';
import { type Admin, type KafkaDeps, kafkaClient } from '../../../ingest/bus/kafka.ts';
import { collectors } from '../../../ingest/collectors/index.ts';
import { signingKey } from '../../../ingest/signing-key.ts';
import { sambaLine } from '../../helpers/edge.ts';
import { folder } from '../../helpers/folder.ts';
import { type Broker, startBroker } from '../../helpers/kafka.ts';
import { mailbox } from '../../helpers/mailbox.ts';
import { ended, Part } from './part.ts';
import { type Ask, askIn, type Counts, countsOf, isStored, rowsOf, Watch } from './stored.ts';

export const tenants = ['acme', 'globex', '_unattributed'] as const;
const clients = ['acme', 'globex', 'nobody'] as const;
export const source = 'fs1';
const inputTickMs = 50;
const pollMs = 20;
/** Patience. */
const opensWithinMs = 240_000;

const clientOf = (n: number): string => clients[n % clients.length] ?? 'acme';
/** The nth record of the world. */
export const lineOf = (n: number): string => sambaLine(n, { client: clientOf(n) });
const tenantOf = (n: number): string => tenants[n % tenants.length] ?? 'acme';
const objectOf = (n: number): string => `/srv/clients/${clientOf(n)}/paper ${n}.docx`;

const directory = {
  firm: { name: 'Firm', time_zone: 'UTC' },
  clients: ['acme', 'globex'].map((id) => ({
    id,
    name: `${id} by name`,
    alias: `C-${id}`,
    resources: [{ collector: 'samba', path: `/srv/clients/${id}/**` }],
  })),
  people: [{ id: 'p1', name: 'Ana Chan', kind: 'employee', accounts: { samba: 'achan' } }],
};

export class World implements AsyncDisposable {
  readonly folder: string;
  readonly broker: Broker;
  readonly edge: Part;
  readonly vault: Part;
  readonly admin: Admin;
  readonly kafka: KafkaDeps;
  readonly ask: Ask;
  readonly watch: Watch;
  /** What the vault mailed to security staff, through a real SMTP server. */
  readonly mails: readonly string[];
  readonly #undo: () => Promise<void>;
  /** Where records are written to. */
  log: string;
  written = 0;

  private constructor(
    { folder, broker, mails }: Pick<World, 'folder' | 'broker' | 'mails'>,
    kafka: KafkaDeps,
    admin: Admin,
    undo: () => Promise<void>,
  ) {
    this.folder = folder;
    this.broker = broker;
    this.mails = mails;
    this.admin = admin;
    this.kafka = kafka;
    this.log = join(folder, 'logs', 'audit.log');
    this.edge = this.part('edge', 'collect');
    this.vault = this.part('vault', 'land,alert');
    this.ask = askIn(join(folder, 'vault', 'data'));
    this.watch = new Watch(() => this.counts());
    this.#undo = undo;
  }

  /** Everything runs when it resolves. */
  static async open(): Promise<World> {
    const place = folder();
    const broker = await startBroker();
    mkdirSync(join(place.path, 'logs'));
    writeFileSync(join(place.path, 'logs', 'audit.log'), '');
    const box = await mailbox();
    const mail = {
      host: '127.0.0.1',
      port: box.port,
      tls: 'none',
      from: 'cordon@firm.example',
      to: ['s@firm.example'],
    };
    writeConfig(place.path, 'edge', broker.plain);
    writeConfig(place.path, 'vault', broker.plain, { mail });
    registerAtVault(place.path, 'edge', source);
    const kafka = kafkaOf(place.path);
    const admin = kafkaClient(kafka).admin();
    const world = new World({ folder: place.path, broker, mails: box.mails }, kafka, admin, async () => {
      await admin.disconnect();
      await box[Symbol.asyncDispose]();
      await broker[Symbol.asyncDispose]();
      place[Symbol.dispose]();
    });
    await done(['topics', 'apply', '--config', world.config('vault')]);
    await done(['keys', 'export-tenants', '--out', join(place.path, 'halves'), '--config', world.config('vault')]);
    await world.#carryKeys('edge');
    await admin.connect();
    world.edge.start();
    world.vault.start();
    world.write(3);
    await world.caughtUp(opensWithinMs);
    return world;
  }

  config(name: string): string {
    return join(this.folder, name, 'cordon.yaml');
  }

  data(name: string): string {
    return join(this.folder, name, 'data');
  }

  /** Another process like the edge or the vault, on the folder of that name. */
  part(name: string, role: string): Part {
    const args = ['start', '--role', role, '--config', this.config(name)];
    return new Part(name, args, join(this.folder, `${name}.log`));
  }

  /** A folder of its own for one more collector; `register`: the vault knows its key. */
  async addEdge(
    name: string,
    { register = true, ...more }: { register?: boolean; sources?: object } = {},
  ): Promise<Part> {
    writeConfig(this.folder, name, this.broker.plain, more);
    if (register) for (const of of Object.keys(more.sources ?? { [source]: 0 })) registerAtVault(this.folder, name, of);
    await this.#carryKeys(name);
    return this.part(name, 'collect');
  }

  /** What an edge needs to seal for the clients. */
  async #carryKeys(name: string): Promise<void> {
    await done(['keys', 'import-tenants', join(this.folder, 'halves'), '--config', this.config(name)]);
  }

  lines(count: number): string {
    const first = this.written;
    this.written += count;
    return Array.from({ length: count }, (_, i) => `${lineOf(first + i)}\n`).join('');
  }

  write(count: number): void {
    appendFileSync(this.log, this.lines(count));
  }

  /** Records come at this rate until disposed. */
  input(perSecond: number): AsyncDisposable {
    const stop = new AbortController();
    const begun = performance.now();
    let given = 0;
    const giving = (async () => {
      while (!stop.signal.aborted) {
        const due = Math.floor(((performance.now() - begun) / 1_000) * perSecond) - given;
        if (due > 0) this.write(due);
        given += Math.max(0, due);
        await sleep(inputTickMs, undefined, { signal: stop.signal }).catch(() => undefined);
      }
    })();
    return {
      async [Symbol.asyncDispose]() {
        stop.abort();
        await giving;
      },
    };
  }

  counts(): Promise<Counts | undefined> {
    return countsOf(this.ask, tenants, source);
  }

  /** How long until a reader sees at least so many. Throws with what is missing when that takes too long. */
  async landed(count: number, withinMs: number): Promise<number> {
    const begun = performance.now();
    while ((this.watch.last?.accesses ?? 0) < count) {
      if (performance.now() - begun > withinMs) {
        const seen = this.watch.last?.accesses;
        throw new Error(`after ${withinMs} ms a reader sees ${seen} accesses of ${count}; logs in ${this.folder}`);
      }
      await sleep(pollMs);
    }
    return performance.now() - begun;
  }

  caughtUp(withinMs: number): Promise<number> {
    return this.landed(this.written, withinMs);
  }

  /** Writes a record of each client and waits until a reader sees them all, looking as often as answers come. */
  async sees(withinMs: number): Promise<void> {
    const begun = performance.now();
    const first = this.written;
    this.write(tenants.length);
    for (let n = first; n < first + tenants.length; n += 1) {
      while (!(await isStored(this.ask, tenantOf(n), objectOf(n)))) {
        if (performance.now() - begun > withinMs)
          throw new Error(`after ${withinMs} ms no reader sees record ${n}; logs in ${this.folder}`);
        await sleep(pollMs);
      }
    }
  }

  /** All rows there are, of whatever source; `undefined`: nobody answers just now. */
  rows(): Promise<number | undefined> {
    return rowsOf(this.ask, tenants);
  }

  /** The bus's end of each tenant's topic, added up. */
  async onBus(): Promise<number> {
    let sum = 0;
    for (const tenant of tenants)
      for (const { high } of await this.admin.fetchTopicOffsets(`cordon.${tenant}`)) sum += Number(high);
    return sum;
  }

  /** Dead letters, likewise. */
  async dead(): Promise<number> {
    let sum = 0;
    for (const tenant of tenants)
      for (const { high } of await this.admin.fetchTopicOffsets(`cordon.${tenant}.dead`)) sum += Number(high);
    return sum;
  }

  /** How far the landers' group has committed, added up. */
  async committed(): Promise<number> {
    const topics = await this.admin.fetchOffsets({ groupId: 'cordon-land' });
    const offsets = topics.flatMap(({ partitions }) => partitions.map(({ offset }) => Number(offset)));
    return offsets.reduce((sum, offset) => sum + Math.max(0, offset), 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.watch[Symbol.asyncDispose]();
    await Promise.all([this.edge.kill(), this.vault.kill()]);
    await this.#undo();
  }
}

async function done(args: readonly string[]): Promise<void> {
  const { code, err } = await ended(args);
  if (code !== 0) throw new Error(err);
}

function writeConfig(place: string, name: string, broker: string, more: object = {}): void {
  mkdirSync(join(place, name), { recursive: true });
  writeFileSync(join(place, name, 'directory.yaml'), JSON.stringify(directory));
  const config = {
    data: './data',
    directory: './directory.yaml',
    sources: { [source]: { collector: 'samba', tail: '../logs/*.log' } },
    bus: {
      kafka: {
        brokers: [broker],
        topics: { partitions: 2, replication_factor: 1, min_insync_replicas: 1, retention_days: 3 },
      },
    },
    log_level: 'warn',
    ...more,
  };
  writeFileSync(join(place, name, 'cordon.yaml'), JSON.stringify(config));
}

/** As `cordon keys register-collector` would. */
function registerAtVault(place: string, edge: string, collector: string): void {
  const keys = (name: string) => join(place, name, 'data', 'keys', 'collectors');
  signingKey(join(place, edge, 'data'), collector);
  mkdirSync(keys('vault'), { recursive: true });
  copyFileSync(join(keys(edge), `${collector}.pub.pem`), join(keys('vault'), `${collector}.pub.pem`));
}

function kafkaOf(place: string): KafkaDeps {
  const config: Config = loadConfig(
    join(place, 'vault', 'cordon.yaml'),
    collectors.map(({ name }) => name),
  );
  if (config.bus === 'local') throw new Error('the world has a broker');
  return { config: config.bus.kafka, env: {}, log: createLog('silent') };
}
