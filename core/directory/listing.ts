/** The files of a directory put together: every entry with its place, references not yet followed. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { checked, type Document, fail, readDocument } from '../document.ts';
import { Fault } from '../errors.ts';
import { directorySchema, type Written } from './schema.ts';

const filesMax = 1_000;

/** One entry of one file's list, and where it stands. */
export interface Listed<T> {
  readonly entry: T;
  /** `FILE:LINE:COL` of the entry, or of what lies at `path` inside it. */
  where(...path: PropertyKey[]): string;
}

type List = 'offices' | 'clients' | 'people' | 'services' | 'roles' | 'barriers';

/** The lists of all files of a directory, schema-checked, references not yet. */
export type Listing = { readonly [K in List]: readonly Listed<Written[K][number]>[] } & {
  readonly firm: NonNullable<Written['firm']>;
};

/** A file, or every .yaml, .yml and .json of a folder. Throws DIRECTORY_INVALID for what the schema refuses. */
export function readListing(fileOrFolder: string): Listing {
  const documents = filesOf(fileOrFolder).map((file) => {
    const document = readDocument(file, 'DIRECTORY_INVALID');
    return { document, written: checked(document, directorySchema, 'DIRECTORY_INVALID') };
  });
  return listingOf(documents, fileOrFolder);
}

/** One that stands inside another document. */
export const listingIn = (document: Document): Listing =>
  listingOf([{ document, written: checked(document, directorySchema, 'DIRECTORY_INVALID') }], document.name);

function filesOf(fileOrFolder: string): string[] {
  const stat = statSync(fileOrFolder, { throwIfNoEntry: false });
  // readDocument says what is wrong with a file that is not there.
  if (!stat?.isDirectory()) return [fileOrFolder];
  const files = readdirSync(fileOrFolder)
    .filter((name) => /\.(ya?ml|json)$/.test(name) && !name.startsWith('.'))
    .sort()
    .map((name) => join(fileOrFolder, name));
  if (files.length > 0 && files.length <= filesMax) return files;
  const what = files.length === 0 ? 'no .yaml, .yml or .json file' : `more than ${filesMax} files`;
  throw new Fault('DIRECTORY_INVALID', `${fileOrFolder}: the folder holds ${what}`);
}

function listingOf(files: readonly { document: Document; written: Written }[], name: string): Listing {
  const listed = <K extends List>(list: K) =>
    files.flatMap(({ document, written }) =>
      (written[list] as Written[K][number][]).map((entry, index) => ({
        entry,
        where: (...path: PropertyKey[]) => document.where([list, index, ...path]),
      })),
    );
  const firms = files.filter(({ written }) => written.firm);
  const [first, second] = firms;
  if (second)
    fail('DIRECTORY_INVALID', [`${second.document.where(['firm'], 'key')}: firm: stands in another file too`]);
  if (!first?.written.firm)
    fail('DIRECTORY_INVALID', [`${name}:1:1: firm: is missing; write firm: { name, time_zone }`]);
  return {
    firm: first.written.firm,
    offices: listed('offices'),
    clients: listed('clients'),
    people: listed('people'),
    services: listed('services'),
    roles: listed('roles'),
    barriers: listed('barriers'),
  };
}
