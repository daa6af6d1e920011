/** No dependency without its reason: each is an item of a page in docs/decisions, with the licence it really has. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { pages } from '../helpers/markdown.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string) => JSON.parse(readFileSync(new URL(path, root), 'utf8')) as Record<string, unknown>;
const manifest = read('package.json') as Record<string, Record<string, string>>;
const dependencies = ['dependencies', 'optionalDependencies', 'devDependencies'].flatMap((kind) =>
  Object.keys(manifest[kind] ?? {}),
);
const decisions = pages.filter(({ path }) => path.startsWith('docs/decisions/'));
const items = decisions.flatMap(({ path, text }) =>
  [...text.matchAll(/^- ((?:`[^`]+`(?:, )?)+) \(([^)]+)\):/gm)].flatMap(([, names = '', licence = '']) =>
    [...names.matchAll(/`([^`]+)`/g)].map(([, name = '']) => ({ path, name, licence })),
  ),
);

test.each(dependencies)('%s has its paragraph, once', (name) => {
  expect(items.filter((item) => item.name === name)).toHaveLength(1);
});

test.each(items)('$name, in $path, is a dependency and has the licence $licence', ({ name, licence }) => {
  expect(dependencies).toContain(name);
  expect(read(`node_modules/${name}/package.json`)['license']).toBe(licence);
});

describe.each(decisions)('$path', ({ path, text }) => {
  test('has a number of its own, and says context and decision', () => {
    const number = /(\d{4})-[a-z0-9-]+\.md$/.exec(path)?.[1];
    expect(decisions.filter((other) => other.path.includes(`/${number}-`))).toHaveLength(1);
    expect(text).toMatch(new RegExp(`^# ${number} `));
    for (const heading of ['## Context', '## Decision']) expect(text).toContain(`\n${heading}\n`);
  });
});
