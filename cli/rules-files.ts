/** The rules that a configuration names: read from their files, checked against the detectors and the directory. */
import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import picomatch from 'picomatch';
import { type Directory, directoryIn } from '../core/directory/directory.ts';
import { checked, type Document, fail, readDocument, readDocuments } from '../core/document.ts';
import { Fault } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import type { Detector } from '../detectors/detector.ts';
import { detectors } from '../detectors/index.ts';
import { createRules, type Override, type RuleChanges, type Rules } from '../detectors/rules.ts';
import { type RulesFile, type RuleTest, rulesSchemaOf } from '../detectors/rules-schema.ts';
import { sigmaDetectors } from '../detectors/sigma/detectors.ts';
import { isSigma, readSigma } from '../detectors/sigma/set.ts';

const filesMax = 1_000;
const depthMax = 8;
const isDocument = (name: string): boolean => /\.(ya?ml|json)$/.test(name) && !name.startsWith('.');

export interface TestsOfFile {
  readonly file: string;
  /** Who is who in them: what the file itself says, else the firm's own. */
  readonly directory: Directory | undefined;
  readonly tests: readonly { readonly test: RuleTest; readonly where: string }[];
}

export interface ReadRules {
  readonly rules: Rules;
  readonly files: readonly string[];
  readonly tests: readonly TestsOfFile[];
}

export const rulesOf = (paths: readonly string[], directory: Directory): Rules => readRules(paths, directory).rules;

/**
 * Files, folders (with what is in them) and globs. Throws CONFIG_INVALID with every problem as `FILE:LINE:COL`. Without
 * a directory, clients are not looked up: rules for some of them hold for those named.
 */
export function readRules(paths: readonly string[], directory: Directory | undefined): ReadRules {
  const files = paths.flatMap(filesOf);
  const parted = files.map(documentsOf);
  const { sigma, problems: refused } = readSigma(parted.flatMap((one) => one.sigma));
  if (refused.length > 0) fail('CONFIG_INVALID', refused);
  const all: readonly Detector[] = [...detectors, ...sigmaDetectors(sigma)];
  const schema = rulesSchemaOf(all);
  const read = parted.flatMap(({ settings }) =>
    settings.map((document) => ({
      document,
      written: checked(document, schema, 'CONFIG_INVALID') as unknown as RulesFile,
    })),
  );
  const problems = [
    ...twice(read),
    ...read.flatMap((one) => [...strangers(one, directory), ...unknownNames(one, all)]),
  ];
  if (problems.length > 0) fail('CONFIG_INVALID', problems);
  return {
    files,
    rules: createRules(
      all,
      {
        detectors: Object.assign({}, ...read.map(({ written }) => written.detectors)) as RuleChanges,
        overrides: overridesOf(read, directory),
      },
      sigma,
    ),
    tests: read.map((one) => ({
      file: one.document.name,
      directory: one.written.directory && directoryIn(inside(one.document, 'directory')),
      tests: one.written.tests.map((test, i) => ({ test, where: one.document.where(['tests', i]) })),
    })),
  };
}

/** A file of Sigma rules may hold several documents; one of settings is a single one. */
function documentsOf(file: string): { readonly sigma: readonly Document[]; readonly settings: readonly Document[] } {
  const documents = readDocuments(file, 'CONFIG_INVALID');
  if (!documents.some(isSigma)) return { sigma: [], settings: [readDocument(file, 'CONFIG_INVALID')] };
  const strange = documents.filter((document) => !isSigma(document));
  if (strange.length > 0)
    fail(
      'CONFIG_INVALID',
      strange.map(({ where }) => `${where([])}: this is no Sigma rule, though its file holds some`),
    );
  return { sigma: documents, settings: [] };
}

interface Read {
  readonly document: Document;
  readonly written: RulesFile;
}

/** A file, the files of a folder and of the folders in it, or the names that a pattern fits. */
export function filesOf(path: string): string[] {
  const files = listed(path, 0).sort();
  if (files.length === 0) throw new Fault('CONFIG_INVALID', `${path}: there are no rules here; correct \`rules\``);
  if (files.length > filesMax) throw new Fault('CONFIG_INVALID', `${path}: more than ${filesMax} files of rules`);
  return files;
}

function listed(path: string, depth: number): string[] {
  if (depth > depthMax) throw new Fault('CONFIG_INVALID', `${path}: folders lie more than ${depthMax} deep`);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) {
    return readdirSync(path, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() || isDocument(entry.name) ? listed(join(path, entry.name), depth + 1) : [],
    );
  }
  const folder = dirname(path);
  if (!/[*?]/.test(basename(path)) || statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
    return [path];
  const fits = picomatch(basename(path));
  return readdirSync(folder)
    .filter((name) => isDocument(name) && fits(name))
    .map((name) => join(folder, name));
}

/** A part of a document, with places of the whole. */
const inside = (document: Document, key: string): Document => ({
  name: document.name,
  value: (document.value as Record<string, unknown>)[key],
  where: (path, part) => document.where([key, ...path], part),
});

/** What holds for the firm is said in one place. */
function twice(read: readonly Read[]): string[] {
  const first = new Map<string, string>();
  return read.flatMap(({ document, written }) =>
    Object.keys(written.detectors).flatMap((name) => {
      const where = document.where(['detectors', name], 'key');
      const before = first.get(name);
      first.set(name, before ?? where);
      return before === undefined ? [] : [`${where}: detectors.${name}: is set already, in ${before}`];
    }),
  );
}

function strangers({ document, written }: Read, directory: Directory | undefined): string[] {
  if (!directory) return [];
  const known = [...directory.clients.keys()];
  return written.overrides.flatMap(({ tenants = [] }, i) =>
    tenants.flatMap((tenant, j) => {
      if (known.some((id) => id === tenant)) return [];
      const near = nearest(tenant, known);
      const hint = near === undefined ? '' : `; did you mean \`${near}\`?`;
      const where = document.where(['overrides', i, 'tenants', j]);
      return [`${where}: overrides[${i}].tenants[${j}]: the directory has no client \`${tenant}\`${hint}`];
    }),
  );
}

function unknownNames({ document, written }: Read, all: readonly Detector[]): string[] {
  const names = all.map(({ name }) => name);
  return written.tests.flatMap(({ expect, not }, i) => {
    const wanted = expect === 'none' ? [] : expect.map(({ detector }, j) => ({ name: detector, path: ['expect', j] }));
    const unwanted = not.map((name, j) => ({ name, path: ['not', j] }));
    return [...wanted, ...unwanted]
      .filter(({ name }) => !names.includes(name))
      .map(({ name, path }) => {
        const near = nearest(name, names);
        const hint = near === undefined ? '; `cordon detectors` lists them' : `; did you mean \`${near}\`?`;
        return `${document.where(['tests', i, ...path])}: tests[${i}]: there is no detector \`${name}\`${hint}`;
      });
  });
}

/** Whoever is called by name comes after whoever is meant by a sensitivity. */
function overridesOf(read: readonly Read[], directory: Directory | undefined): Override[] {
  const all = read.flatMap(({ written }) => written.overrides);
  const clients = [...(directory?.clients.values() ?? [])];
  const wide = all
    .filter(({ tenants }) => tenants === undefined)
    .map(({ sensitivity, ...rest }) => ({
      ...rest,
      tenants: clients.filter((client) => client.sensitivity === sensitivity).map(({ id }) => id as string),
    }));
  const named = all.flatMap(({ tenants, ...rest }) => (tenants === undefined ? [] : [{ ...rest, tenants }]));
  return [...wide, ...named];
}
