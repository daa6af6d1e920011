/** The README is held to its word: its verbs exist, its examples parse, its walk through the small firm gives what it says. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { readRules } from '../cli/rules-files.ts';
import { verbs } from '../cli/verbs.ts';
import { loadConfig } from '../core/config.ts';
import { loadDirectory } from '../core/directory/directory.ts';
import { collectors } from '../ingest/collectors/index.ts';
import { captured } from './cli/captured.ts';
import { folder } from './helpers/folder.ts';
import { fenced, pageAt, pages, printed } from './helpers/markdown.ts';

const readme = pageAt('README.md');
const root = new URL('../', import.meta.url);
const smallFirm = fileURLToPath(new URL('examples/small-firm/', root));
const known = collectors.map(({ name }) => name);
const walkMsMax = 120_000;

test('the table of verbs has each verb that exists, and no other', () => {
  const named = [...readme.text.matchAll(/^\| `cordon ([\w-]+)/gm)].map(([, name]) => name);
  expect(named.toSorted()).toEqual(verbs.map(({ name }) => name).toSorted());
});

test.each(pages)('$path names no verb that does not exist', ({ text }) => {
  const named = [...text.matchAll(/`cordon (?!line salts)([a-z][a-z-]*)[ `]/g)].map(([, name]) => name ?? '');
  expect(named.filter((name) => !verbs.some((verb) => verb.name === name))).toEqual([]);
});

test('the npm scripts it names exist', () => {
  const { scripts } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { scripts: object };
  const named = pages.flatMap(({ text }) =>
    [...text.matchAll(/npm (?:run (?:-s )?)?([a-z-]+)/g)].map(([, name]) => name ?? ''),
  );
  const npmsOwn = ['ci', 'install', 'link', 'packages', 'package'];
  expect(named.filter((name) => !npmsOwn.includes(name) && !(name in scripts))).toEqual([]);
});

describe('each YAML example parses with the real loader', () => {
  test.each(pages.flatMap((page) => fenced(page, 'yaml').map((text) => ({ path: page.path, text }))))(
    '$path: $text',
    ({ text }) => {
      using place = folder();
      const [, name = ''] = /^# (\w+)\.yaml/.exec(text) ?? [];
      const file = place.file(`${name}.yaml`);
      writeFileSync(file, text);
      if (name === 'cordon') expect(loadConfig(file, known).sources.size).toBeGreaterThan(0);
      else if (name === 'rules') expect(readRules([file], undefined).tests).not.toEqual([]);
      else expect(loadDirectory(file).clients.size).toBeGreaterThan(0);
    },
  );
});

test('its first configuration watches what the example does', () => {
  using place = folder();
  cpSync(smallFirm, place.path, { recursive: true });
  const written = place.file('from-readme.yaml');
  writeFileSync(written, fenced(readme, 'yaml')[0] ?? '');
  expect(loadConfig(written, known).sources).toEqual(loadConfig(place.file('cordon.yaml'), known).sources);
});

test(
  'its commands run on the small firm, and print what it shows',
  async () => {
    using place = folder();
    cpSync(smallFirm, place.path, { recursive: true });
    const commands = fenced(readme, 'sh')
      .flatMap((block) => block.split('\n'))
      .filter((line) => line.startsWith('cordon '));
    let out = '';
    for (const command of commands) {
      const said = await captured(command.split(' ').slice(1), { cwd: place.path });
      expect([command, said.code === 0 ? 'fine' : said.err]).toEqual([command, 'fine']);
      out += said.out;
    }
    const shown = printed(readme).flatMap((line) => line.split('…').map((part) => part.trim()));
    expect(shown.filter((part) => !out.includes(part))).toEqual([]);
    expect(out).toContain('alder.zip HOLDS.');
  },
  walkMsMax,
);
