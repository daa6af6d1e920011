/** The published JSON Schemas are the schemas the program checks with. UPDATE_GOLDEN=1 writes them anew. */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { z } from 'zod';
import { configSchema } from '../../core/config.ts';
import { directorySchema } from '../../core/directory/schema.ts';
import { packageRoot } from '../../core/package-root.ts';
import { detectors } from '../../detectors/index.ts';
import { rulesSchemaOf } from '../../detectors/rules-schema.ts';

const published = [
  { file: 'docs/cordon.schema.json', title: 'Cordon configuration (cordon.yaml)', schema: configSchema },
  { file: 'docs/directory.schema.json', title: 'Cordon directory: who is who', schema: directorySchema },
  { file: 'docs/rules.schema.json', title: 'Cordon rules: settings of detectors', schema: rulesSchemaOf(detectors) },
];

test.each(published)('$file is current', ({ file, title, schema }) => {
  const made = { title, ...z.toJSONSchema(schema, { io: 'input' }) };
  const golden = new URL(file, packageRoot);
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(golden, `${JSON.stringify(made, null, 2)}\n`);
  // As values: how its lists are broken into lines is the formatter's business.
  expect(JSON.parse(readFileSync(golden, 'utf8'))).toEqual(JSON.parse(JSON.stringify(made)));
});

test('an editor that reads them finds the same mistakes', () => {
  const schemaOf = (file: string) => JSON.parse(readFileSync(new URL(file, packageRoot), 'utf8')) as object;
  const config = new Ajv2020({ strict: false }).compile(schemaOf('docs/cordon.schema.json'));
  const least = { data: 'd', directory: 'w', sources: { fs1: { collector: 'samba', tail: ['a.log'] } } };
  expect(config(least)).toBe(true);
  expect(config({ ...least, aletrs: {} })).toBe(false);
  expect(config({ ...least, sources: { 'a/b': { collector: 'samba', tail: 'x' } } })).toBe(false);
  const directory = new Ajv2020({ strict: false }).compile(schemaOf('docs/directory.schema.json'));
  expect(directory({ firm: { name: 'F' }, clients: [{ id: 'acme', name: 'A' }] })).toBe(true);
  expect(directory({ firm: { name: 'F' }, clients: [{ id: 'Acme', name: 'A' }] })).toBe(false);
});
