/** Rules about the code itself, where a reader would otherwise have to remember them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';

const root = new URL('../', import.meta.url);
const folders = ['core', 'ingest', 'store', 'detectors', 'alerts', 'evidence', 'dashboards', 'cli'] as const;
type Folder = (typeof folders)[number];

/** Which folder may import which. One line is one sentence of ARCHITECTURE.md. */
const mayImport: Readonly<Record<Folder, readonly string[]>> = {
  core: [],
  ingest: ['core'],
  store: ['core'],
  detectors: ['core'],
  evidence: ['core'],
  alerts: ['core'],
  dashboards: ['core', 'store', 'evidence'],
  cli: ['core', 'ingest', 'store', 'detectors', 'alerts', 'evidence', 'dashboards'],
};

/** Packages that only some places may know, so that replacing one touches one place. */
const homes: Readonly<Record<string, readonly string[]>> = {
  kafkajs: ['ingest/bus/kafka.ts'],
  '@clickhouse/client': ['store/'],
  nodemailer: ['alerts/notifiers/email.ts'],
  'node-cron': ['alerts/schedule.ts'],
  '@aws-sdk/client-kms': ['ingest/keys/aws-kms.ts'],
  'node-vault': ['ingest/keys/vault-keys.ts'],
  pkijs: ['evidence/time-stamp.ts'],
  asn1js: ['evidence/time-stamp.ts'],
  lmdb: ['ingest/spool.ts', 'ingest/land-log.ts'],
  'ffi-rs': ['store/embedded/'],
  fastify: ['dashboards/server/'],
  react: ['dashboards/web/'],
  'simple-statistics': ['detectors/'],
};

const fileLinesMax = 300;
const functionLinesMax = 70;
const genericNames = /(^|[/-])(utils?|helpers?|manager|service|common|misc)\.tsx?$/;

interface Source {
  readonly folder: Folder;
  readonly path: string;
  readonly text: string;
}

const sources: readonly Source[] = folders.flatMap((folder) =>
  readdirSync(new URL(`${folder}/`, root), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file) && !file.includes('node_modules') && !file.startsWith('web/dist'))
    .map((file) => ({
      folder,
      path: `${folder}/${file}`,
      text: readFileSync(new URL(`${folder}/${file}`, root), 'utf8'),
    })),
);

const imports = (text: string): string[] =>
  [...text.matchAll(/^(?:import|export)\b[^;]*?\bfrom '([^']+)'|\bimport\('([^']+)'\)|^import '([^']+)'/gm)].map(
    ([, from, dynamic, bare]) => from ?? dynamic ?? bare ?? '',
  );

const packageOf = (target: string): string =>
  target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/');

/** A name on a line that opens a body, and how many lines until the bracket closes at the same indent. */
function longFunctions(text: string): string[] {
  const lines = text.split('\n');
  const long: string[] = [];
  lines.forEach((line, begin) => {
    const [, indent = ''] = /^(\s*)/.exec(line) ?? [];
    const opens = /(\bfunction\b.*|=>\s*|^\s+(?:async |static |\*|get |#)*[\w#]+\(.*\)(?::.*)?\s*)\{$/.test(line);
    const isBlock = /^\s*(if|for|while|switch|else|\} else|try|catch|describe|class)\b/.test(line);
    if (!opens || isBlock) return;
    const length = lines.slice(begin + 1).findIndex((later) => later.startsWith(`${indent}}`)) + 1;
    if (length > functionLinesMax) long.push(`${line.trim()} (${length} lines)`);
  });
  return long;
}

test('every folder of the floor plan is there', () => {
  expect(folders.filter((folder) => !sources.some((source) => source.folder === folder))).toEqual([]);
});

describe.each(sources)('$path', ({ folder, path, text }) => {
  test('imports only what its folder may', () => {
    const foreign = imports(text)
      .filter((target) => target.startsWith('.'))
      .map((target) => new URL(target, new URL(path, root)).href.slice(root.href.length).split('/')[0] ?? '')
      .filter((target) => target !== folder && !mayImport[folder].includes(target));
    expect(foreign).toEqual([]);
  });

  test('uses no package outside its home', () => {
    const strays = imports(text)
      .filter((target) => !target.startsWith('.') && !target.startsWith('node:'))
      .map(packageOf)
      .filter((name) => homes[name]?.every((home) => !path.startsWith(home)));
    expect(strays).toEqual([]);
  });

  test('is short enough to read in one sitting, and so is each of its functions', () => {
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(fileLinesMax);
    expect(longFunctions(text)).toEqual([]);
  });

  test('says what it is: no generic name, no default export, no promise of later', () => {
    expect(path).not.toMatch(genericNames);
    if (!path.endsWith('.config.ts')) expect(text).not.toMatch(/^export default/m);
    expect(text).not.toMatch(/\b(TODO|FIXME|XXX|HACK)\b|@ts-(ignore|expect-error|nocheck)|biome-ignore|\bas any\b/);
  });
});

const pure = sources.filter(({ path }) => /^(detectors|core\/explain)/.test(path));

test.each(pure)('$path has no clock, chance or I/O', ({ text }) => {
  expect(text).not.toMatch(/Date\.now|new Date\(\)|Math\.random|from 'node:(?!crypto)|\bawait\b|process\./);
});

test.each(sources.filter(({ path }) => path.startsWith('evidence/verify')))(
  '$path needs nothing but the shared formats, Node and a zip reader',
  ({ text }) => {
    const others = imports(text).filter((target) => !/^(node:|yauzl$|\.\/|\.\.\/core\/)/.test(target));
    expect(others).toEqual([]);
  },
);

test('SQL is written only in store/', () => {
  const statement =
    /\b(SELECT\s+[\w*(]+[\s\S]{0,200}?\bFROM\s|INSERT INTO\s|CREATE (TABLE|DATABASE|USER)\s|ALTER TABLE\s)/;
  const allowed = (path: string) =>
    path.startsWith('store/') || path.startsWith('ingest/collectors/') || path.startsWith('cli/demo/');
  expect(sources.filter(({ path, text }) => !allowed(path) && statement.test(text)).map(({ path }) => path)).toEqual(
    [],
  );
});

test('every test lies where its source lies', () => {
  const tests = readdirSync(new URL('test/', root), { recursive: true, encoding: 'utf8' }).filter((file) =>
    folders.some((folder) => file.startsWith(`${folder}/`) && file.endsWith('.test.ts')),
  );
  const strays = tests.filter((file) => {
    const stem = file.replace(/\.test\.ts$/, '');
    const parent = stem.split('/').slice(0, -1).join('/');
    return (
      !existsSync(new URL(`${stem}.ts`, root)) &&
      !existsSync(new URL(`${stem}/`, root)) &&
      !existsSync(new URL(`${parent}/`, root))
    );
  });
  expect(strays).toEqual([]);
});
