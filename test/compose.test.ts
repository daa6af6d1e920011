/**
 * docker-compose.yml, as far as it can be tried without an engine: against the specification's schema, who sees which
 * network and volume, and every container's command line as a plain process, Kafka's own included, records in at one end
 * and out at the other.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { packageRoot } from '../core/package-root.ts';
import { folder } from './helpers/folder.ts';
import { librariesFolder } from './helpers/kafka.ts';
import { mailbox } from './helpers/mailbox.ts';
import { freePorts } from './helpers/ports.ts';

jest.setTimeout(600_000);
const root = fileURLToPath(packageRoot);
const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8');

interface Service {
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly networks?: readonly string[];
  readonly network_mode?: string;
  readonly ports?: readonly string[];
  readonly volumes: readonly string[];
}
const compose = parse(text, { merge: true }) as { services: Readonly<Record<string, Service>> };
const { services } = compose;
const sourceOf = (volume: string) => volume.split(':')[0] ?? '';

test('it is what the Compose Specification says such a file is, and a slip of the pen is not', () => {
  const schema = JSON.parse(
    readFileSync(new URL('fixtures/compose-spec/compose-spec.json', import.meta.url), 'utf8'),
  ) as object;
  const valid = new Ajv2020({ strict: false, validateFormats: false }).compile(schema);
  expect({ valid: valid(compose), errors: valid.errors }).toEqual({ valid: true, errors: null });
  expect(valid({ ...compose, services: { ...services, edge: { ...services['edge'], netwroks: ['vault'] } } })).toBe(
    false,
  );
});

describe('the wall', () => {
  test('only Kafka is on both networks, and nothing is published but the mailbox, to the machine itself', () => {
    const networksOf = Object.entries(services).map(([name, { networks, network_mode }]) => [
      name,
      networks ?? [network_mode],
    ]);
    expect(Object.fromEntries(networksOf)).toEqual({
      setup: ['none'],
      kafka: ['edge', 'vault'],
      clickhouse: ['vault'],
      rights: ['vault'],
      edge: ['edge'],
      vault: ['vault'],
      mailbox: ['vault'],
      samples: ['none'],
    });
    expect(Object.values(services).flatMap(({ ports = [] }) => ports)).toEqual(['127.0.0.1:8025:8025']);
  });

  test('each sees its own secrets and data; only what makes them sees all, and it has no network', () => {
    const own = (name: string) =>
      (services[name]?.volumes ?? []).map(sourceOf).filter((source) => /secrets|data|witness/.test(source));
    expect({
      kafka: own('kafka'),
      clickhouse: own('clickhouse'),
      rights: own('rights'),
      edge: own('edge'),
      vault: own('vault'),
    }).toEqual({
      kafka: ['kafka-secrets', 'kafka-data'],
      clickhouse: ['clickhouse-secrets', 'clickhouse-data'],
      rights: ['admin-secrets'],
      edge: ['edge-secrets', 'edge-data'],
      vault: ['vault-secrets', 'vault-data', 'witness'],
    });
  });

  test('no secret is written in the file', () => {
    expect(text.replaceAll(/^\s*#.*$/gm, '')).not.toMatch(/password|BEGIN |environment:/i);
  });
});

describe('its command lines, as plain processes', () => {
  const place = folder();
  const running = new Map<string, ChildProcess>();
  const output = new Map<string, string>();
  /** Container path → folder here, by service: the longest first. */
  const mounts = (name: string): [string, string][] =>
    (services[name]?.volumes ?? [])
      .map((volume): [string, string] => {
        const [source = '', target = ''] = volume.split(':');
        return [
          target,
          source.startsWith('.') ? place.file(source.split('/').at(-1) ?? '') : place.file(`volumes/${source}`),
        ];
      })
      .sort(([a], [b]) => b.length - a.length);
  let port = 0;
  let storePort = 0;
  let mails: Awaited<ReturnType<typeof mailbox>>;

  /** A text of a container, with its paths and the broker's address as they are here. */
  const here = (name: string, value: string): string => {
    let mapped = value.replaceAll('kafka:9094', `127.0.0.1:${port}`).replaceAll('/tmp/cordon', place.file('tmp'));
    mapped = mapped.replace('clickhouse:8443', `127.0.0.1:${storePort}`);
    mapped = mapped.replace('host: mailbox, port: 1025', `host: 127.0.0.1, port: ${mails.port}`);
    for (const [target, source] of mounts(name))
      mapped = mapped.replaceAll(new RegExp(`(?<![\\w.-])${target}(?=[/\\s"\\],}]|$)`, 'gm'), source);
    return mapped;
  };

  function start(name: string, env: Readonly<Record<string, string>> = {}): ChildProcess {
    const { entrypoint = [], command = [] } = services[name] as Service;
    const [program = '', ...args] = [...entrypoint, ...command].map((word) => here(name, word));
    const child = spawn(program, args, {
      cwd: place.path,
      env: { PATH: `${place.file('bin')}:${process.env['PATH']}`, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    output.set(name, '');
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => output.set(name, `${output.get(name)}${chunk}`.slice(-20_000)));
    running.set(name, child);
    return child;
  }

  function makeSecrets(): void {
    const env = { ...process.env, PATH: `${place.file('bin')}:${process.env['PATH']}`, FIRM: place.file('small-firm') };
    execFileSync('sh', [place.file('firm-compose/setup.sh'), place.file('volumes/out')], { env, stdio: 'pipe' });
  }

  async function finished(name: string, child: ChildProcess): Promise<void> {
    const [code] = (await once(child, 'exit')) as [number];
    running.delete(name);
    expect({ name, code, said: code === 0 ? '' : output.get(name) }).toEqual({ name, code: 0, said: '' });
  }

  async function until(what: string, done: () => boolean | Promise<boolean>, ms = 240_000): Promise<void> {
    const giveUpAt = Date.now() + ms;
    while (!(await done())) {
      if (Date.now() > giveUpAt)
        throw new Error(`${what} did not happen; ${JSON.stringify(Object.fromEntries(output))}`);
      await sleep(200);
    }
  }

  beforeAll(async () => {
    mails = await mailbox();
    // The store's stand-in takes the one after its own, too.
    const ports = await freePorts(5);
    port = ports[0] ?? 0;
    storePort = ports[3] ?? 0;
    mkdirSync(place.file('bin'));
    const script = (name: string, line: string) => {
      writeFileSync(place.file(`bin/${name}`), `#!/bin/sh\n${line}\n`);
      chmodSync(place.file(`bin/${name}`), 0o755);
    };
    const tsx = createRequire(import.meta.url).resolve('tsx');
    script('cordon', `exec "${process.execPath}" --import "${tsx}" "${join(root, 'cli/main.ts')}" "$@"`);
    const java = `exec java -Xmx512m -XX:TieredStopAtLevel=1 -cp "${librariesFolder()}/*"`;
    script('clickhouse', `exec "${process.execPath}" "${join(root, 'test/helpers/clickhouse.mjs')}" "$@"`);
    script('kafka-storage.sh', `${java} kafka.tools.StorageTool "$@"`);
    script('kafka-server-start.sh', `${java} kafka.Kafka "$@"`);
    cpSync(join(root, 'examples/small-firm'), place.file('small-firm'), { recursive: true });
    cpSync(join(root, 'examples/firm-compose'), place.file('firm-compose'), { recursive: true });
    for (const name of ['kafka', 'clickhouse', 'edge', 'vault', 'rights', 'setup', 'samples'])
      for (const [, source] of mounts(name)) mkdirSync(source, { recursive: true });
    // The out folders of the setup are the others' volumes.
    const out = place.file('volumes/out');
    mkdirSync(out);
    makeSecrets();
    for (const name of readdirSync(out)) {
      const volume = /-data$|witness/.test(name) ? name : `${name}-secrets`;
      cpSync(join(out, name), place.file(`volumes/${volume}`), { recursive: true });
    }
    for (const [name, file] of [
      ['rights', 'admin'],
      ['edge', 'edge'],
      ['vault', 'vault'],
    ] as const) {
      const config = place.file(`firm-compose/${file}.yaml`);
      writeFileSync(config, here(name, readFileSync(config, 'utf8')));
    }
    start('kafka', {
      KAFKA_HOME: place.path,
      SECRETS: place.file('volumes/kafka-secrets'),
      DATA: place.file('volumes/kafka-data'),
      OUTSIDE: `127.0.0.1:${port}`,
      ADVERTISED: `127.0.0.1:${port}`,
      INSIDE: `127.0.0.1:${ports[1]}`,
      CONTROLLER: `127.0.0.1:${ports[2]}`,
    });
    await until('Kafka listens', () => listens(ports[1] ?? 0));
  });
  afterAll(async () => {
    for (const child of running.values()) {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      const forced = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await gone;
      clearTimeout(forced);
    }
    await mails[Symbol.asyncDispose]();
    place[Symbol.dispose]();
  });

  test('the secrets are made once, for their users alone, and the authority’s key is not kept', () => {
    const out = place.file('volumes/out');
    const files = readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((name) =>
      statSync(join(out, name)).isFile(),
    );
    expect(files).not.toContain(expect.stringContaining('ca.key'));
    for (const name of files) expect({ name, mode: statSync(join(out, name)).mode & 0o077 }).toEqual({ name, mode: 0 });
    expect(existsSync(join(out, 'vault-data/keys/collectors/fs1.pem'))).toBe(false);
    const before = readFileSync(join(out, 'edge/password'), 'utf8');
    makeSecrets();
    expect(readFileSync(join(out, 'edge/password'), 'utf8')).toBe(before);
    expect(before).toMatch(/^[0-9a-f]{48}$/);
  });

  test('records that appear at the edge are landed, judged, checkpointed and told of in the vault', async () => {
    start('clickhouse', {
      SECRETS: place.file('volumes/clickhouse-secrets'),
      DATA: place.file('volumes/clickhouse-data'),
      LISTEN: '127.0.0.1',
      PORT: `${storePort}`,
    });
    await until('ClickHouse listens', () => listens(storePort + 1));
    await finished('rights', start('rights'));
    start('vault');
    start('edge');
    await until('both run', () => ['vault', 'edge'].every((name) => output.get(name)?.includes('Cordon is running')));
    await finished('samples', start('samples'));
    const cordon = (...args: string[]) => {
      const config = ['--config', place.file('firm-compose/vault.yaml')];
      return execFileSync(place.file('bin/cordon'), [...args, ...config], {
        encoding: 'utf8',
        maxBuffer: 64e6,
        stdio: ['ignore', 'pipe', 'ignore'],
      });
    };
    const count = () => cordon('accesses', '--all', '--json').split('\n').filter(Boolean).length;
    await until('the records land', () => count() >= 200);
    await until('an alert is there', () => cordon('alerts', '--candidates', '--json').includes('"id"'));
    await until('a mail of it is in the mailbox', () => mails.mails.length > 0);
    expect(mails.mails[0]).toMatch(/^To: security@readers-lane\.example/m);
    expect(cordon('audit-chain')).toMatch(/alder: whole: \d+ accesses/);
    await until('a checkpoint is with the witness', () =>
      readdirSync(place.file('volumes/witness')).includes('alder.ndjson'),
    );
  });
});

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => socket.destroy());
    setTimeout(() => socket.destroy(), 500);
  });
}
