import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { checkEndpoints } from '../../cli/endpoints.ts';
import { loadConfig } from '../../core/config.ts';
import { loadDirectory } from '../../core/directory/directory.ts';
import { folder } from '../helpers/folder.ts';

const dir = folder();
const file = dir.file('cordon.yaml');
const least = 'data: ./data\ndirectory: ./directory.yaml\nsources: {}\n';
const url = 'https://acme.example:8443';

beforeEach(() => {
  writeFileSync(
    dir.file('directory.yaml'),
    `firm: { name: Firm, time_zone: UTC }
clients: [{ id: acme, name: Acme, region: eu }, { id: globex, name: Globex }]
people: []
`,
  );
});
afterAll(() => dir[Symbol.dispose]());

const check = (text: string) => {
  writeFileSync(file, text);
  checkEndpoints(loadConfig(file), loadDirectory(dir.file('directory.yaml')));
};

test.each([
  [
    "a client's own endpoint in another region than was promised",
    `${least}tenants: { acme: { store: { url: "${url}" }, region: us } }`,
    ':4:73: tenants.acme.region: is `us`, and acme belongs in `eu` (region of the client in ',
  ],
  [
    'the store of all, where the client has none of its own',
    `${least}store: { url: "https://all.example:8443", region: us }`,
    ':4:51: store.region: is `us`, and acme belongs in `eu`',
  ],
  [
    'the brokers of all, where only the store is its own',
    `${least}bus: { kafka: { brokers: ["a:9092"], region: us } }\ntenants: { acme: { store: { url: "${url}" } } }`,
    ':4:46: bus.kafka.region: is `us`, and acme belongs in `eu`',
  ],
  [
    'a client that nobody knows',
    `${least}tenants: { acmee: { store: { url: "${url}" } } }`,
    ':4:19: tenants.acmee: the directory has no client `acmee`; did you mean `acme`?',
  ],
])('refused, with its place: %s', (_, text, expected) => {
  expect(() => check(text)).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(`${file}${expected}`) }),
  );
});

test('the region that was promised, or none said, is taken', () => {
  check(`${least}tenants: { acme: { store: { url: "${url}" }, region: eu } }`);
  check(`${least}tenants: { globex: { store: { url: "${url}" }, region: us } }`);
  check(`${least}store: { url: "https://all.example:8443", region: us }
tenants: { acme: { store: { url: "${url}" }, region: eu } }`);
  check(`${least}store: { url: "https://all.example:8443" }`);
});

test('a client that left the directory keeps its endpoint until it is destroyed', () => {
  const keys = dir.file('data/keys/tenants');
  mkdirSync(keys, { recursive: true });
  writeFileSync(join(keys, 'initech.key'), '');
  check(`${least}tenants: { initech: { store: { url: "${url}" } } }`);
});
