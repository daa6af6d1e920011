import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { findConfig, loadConfig, readSecret } from '../../core/config.ts';

const folder = mkdtempSync(join(tmpdir(), 'cordon-config-'));
const file = join(folder, 'cordon.yaml');
const load = (text: string, collectors?: string[]) => {
  writeFileSync(file, text);
  return loadConfig(file, collectors);
};
const least = 'data: ./data\ndirectory: ./directory.yaml\nsources: {}\n';

test('a configuration of three lines is enough, and says what holds besides', () => {
  expect(load(least)).toEqual({
    file,
    data: join(folder, 'data'),
    directory: join(folder, 'directory.yaml'),
    facts: undefined,
    geo: undefined,
    rules: [],
    sources: new Map(),
    bus: 'local',
    checkpoints: { every: '5m', folder: undefined, mail: false },
    keys: 'file',
    legal_hold: [],
    store: 'embedded',
    tenants: new Map(),
    mail: undefined,
    alerts: { budget_per_day_per_1000: 5, routes: [] },
    dashboard: { listen: '127.0.0.1:0' },
    log_level: 'info',
  });
});

test('relative paths start at the file, absolute ones stay', () => {
  const config = load(`${least.replace('{}', '')}  fs1: { collector: samba, tail: [logs/a*.log, /var/log/b.log] }`);
  expect(config.sources.get('fs1')?.tail).toEqual([join(folder, 'logs/a*.log'), '/var/log/b.log']);
});

test('the mail of a whole configuration keeps its password out of sight', () => {
  const config =
    load(`${least}mail: { host: mx, from: "Cordon <cordon@firm.example>", to: [soc@firm.example], user: u, password_file: secret }
alerts: { routes: [{ to: [a@b.example], tenants: [acme], severity_at_least: high }] }`);
  expect(config.mail).toEqual({
    host: 'mx',
    port: 587,
    from: 'Cordon <cordon@firm.example>',
    to: ['soc@firm.example'],
    user: 'u',
    tls: 'starttls',
    password: { file: join(folder, 'secret') },
  });
  expect(config.alerts.routes).toEqual([{ to: ['a@b.example'], tenants: ['acme'], severity_at_least: 'high' }]);
});

describe('a mistake names line, column and remedy:', () => {
  test.each([
    ['unknown key', `${least}aletrs: {}`, ':4:1: aletrs: unknown key; did you mean `alerts`?'],
    [
      'a source by a way not known',
      least.replace('{}', '{ w: { collector: m365, poll: {} } }'),
      ':3:34: sources.w.poll: unknown key; known here: collector, tail, time_zone, log_line_prefix, prefix',
    ],
    [
      'a secret as a value',
      `${least}mail: { host: h, from: a@b.example, user: u, password: hunter2 }`,
      ':4:46: mail.password: unknown key; did you mean `password_file`?',
    ],
    ['another bus', `${least}bus: kafka`, ':4:6: bus: must be one of: local'],
    [
      'a zone',
      least.replace('{}', '{ w: { collector: samba, tail: a, time_zone: Europe/Lodnon } }'),
      ':3:55: sources.w.time_zone: is not a time zone; write one as Europe/London or UTC',
    ],
    [
      'a source name',
      least.replace('{}', '{ "a/b": { collector: samba, tail: a } }'),
      ':3:12: sources.a/b: a source is named with letters',
    ],
    [
      'a collector',
      least.replace('{}', '{ w: { collector: sambo, tail: a } }'),
      ':3:28: sources.w.collector: there is no collector `sambo`; did you mean `samba`?',
    ],
    [
      'a password without a user',
      `${least}mail: { host: h, from: a@b.example, password_env: P }`,
      ':4:7: mail: has a password but no user',
    ],
    [
      "a client's server without an address",
      `${least}tenants: { acme: { store: { disk: d } } }`,
      ':4:27: tenants.acme.store.url: ',
    ],
    [
      'a client with nothing of its own',
      `${least}tenants: { acme: {} }`,
      ':4:18: tenants.acme: names neither store nor kafka',
    ],
    [
      "an unknown key of a client's",
      `${least}tenants: { acme: { stroe: {} } }`,
      ':4:20: tenants.acme.stroe: unknown key; did you mean `store`?',
    ],
    [
      "a client's own brokers over the local bus",
      `${least}tenants: { acme: { kafka: { brokers: ["a:9092"] } } }`,
      ':4:27: tenants.acme.kafka: the bus is local, so nothing would go there; set bus: { kafka: … }',
    ],
    [
      "a client's own server that is the one of all",
      `${least}store: { url: "https://a.example" }\ntenants: { acme: { store: { url: "https://a.example:443/" } } }`,
      ':5:27: tenants.acme.store: is the server of all clients',
    ],
    [
      "a client's own brokers that are those of all",
      `${least}bus: { kafka: { brokers: ["a:1", "b:1"] } }\ntenants: { acme: { kafka: { brokers: ["b:1", "a:1"] } } }`,
      ':5:27: tenants.acme.kafka: are the brokers of all clients',
    ],
    [
      'one server written in two ways',
      `${least}tenants: { acme: { store: { url: "https://a.example" } }, globex: { store: { url: "https://a.example", disk: d } } }`,
      ':4:76: tenants.globex.store: is what acme names, with other settings; write both alike',
    ],
    [
      'a port',
      `${least}dashboard: { listen: "127.0.0.1:99999" }`,
      ':4:22: dashboard.listen: the port is at most 65535',
    ],
  ])('%s', (_, text, expected) => {
    expect(() => load(text, ['samba', 'm365'])).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(file + expected) }),
    );
  });
});

test('a fault about a secret names its place, never its value', () => {
  writeFileSync(join(folder, 'empty'), '\n');
  writeFileSync(join(folder, 'good'), 's3cret \n');
  expect(readSecret({ file: join(folder, 'good') }, {})).toBe('s3cret ');
  expect(readSecret({ env: 'P' }, { P: 'x' })).toBe('x');
  expect(() => readSecret({ file: join(folder, 'empty') }, {})).toThrow('which should hold a secret, is empty');
  expect(() => readSecret({ file: join(folder, 'none') }, {})).toThrow('cannot be read');
  expect(() => readSecret({ env: 'P' }, {})).toThrow(
    'the environment variable P, which should hold a secret, is not set',
  );
});

test('the configuration is the flag, else the one of this folder, else $CORDON_CONFIG', () => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'cordon-config-'));
  load(least);
  expect(findConfig('x.yaml', { CORDON_CONFIG: '/env.yaml' }, folder)).toBe(join(folder, 'x.yaml'));
  expect(findConfig(undefined, { CORDON_CONFIG: '/env.yaml' }, folder)).toBe(file);
  expect(findConfig(undefined, { CORDON_CONFIG: '/env.yaml' }, elsewhere)).toBe('/env.yaml');
  expect(() => findConfig(undefined, {}, elsewhere)).toThrow('name one with --config FILE or $CORDON_CONFIG');
});
