/** The directory as the rest of the product sees it: ids minted, references in Maps. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { checked, type Document, fail, readDocument } from '../document.ts';
import { Fault } from '../errors.ts';
import { type ActorId, actorId, type TenantId, tenantId } from '../types.ts';
import { checkListing, type Problem } from './check.ts';
import { directorySchema, type PlaceKind, placeKinds, type Written } from './schema.ts';

export type { Problem } from './check.ts';

const filesMax = 1_000;

export interface Firm {
  readonly name: string;
  /** IANA name; what dates without a time mean, and the zone of people without an office. */
  readonly time_zone: string;
  readonly domains: readonly string[];
}

export interface Office {
  readonly id: string;
  readonly name: string;
  readonly time_zone: string;
  readonly country: string | undefined;
  /** CIDR. */
  readonly networks: readonly string[];
  readonly vpn: readonly string[];
  /** `YYYY-MM-DD`. */
  readonly holidays: ReadonlySet<string>;
}

export interface Resource {
  readonly source: string | undefined;
  readonly collector: string | undefined;
  readonly kind: PlaceKind;
  readonly pattern: string;
}

export interface Client {
  readonly id: TenantId;
  readonly name: string;
  /** What leaves the boundary instead of the name; the id where the directory gives none. */
  readonly alias: string;
  readonly team: string | undefined;
  readonly sensitivity: 'normal' | 'restricted';
  readonly contacts: readonly { readonly name: string; readonly mail: string; readonly for: readonly string[] }[];
  readonly retentionDays: number | undefined;
  readonly region: string | undefined;
  readonly resources: readonly Resource[];
}

/** Logins by the name of a source, of a collector, or `*`; as written. */
export type Accounts = ReadonlyMap<string, readonly string[]>;

export interface Person {
  readonly id: ActorId;
  readonly name: string;
  readonly kind: 'employee' | 'contractor';
  readonly role: string | undefined;
  readonly team: string | undefined;
  readonly office: string | undefined;
  readonly fte: number;
  readonly manager: string | undefined;
  readonly accounts: Accounts;
}

export interface Service {
  readonly id: ActorId;
  readonly name: string;
  readonly job: string;
  readonly hosts: readonly string[];
  readonly networks: readonly string[];
  readonly accounts: Accounts;
}

export interface RoleScope {
  readonly role: string;
  readonly clients: 'all' | ReadonlySet<TenantId>;
  readonly sources: ReadonlySet<string> | undefined;
  readonly basis: string | undefined;
  readonly needs: 'ticket' | undefined;
}

export interface Barrier {
  readonly between: readonly [TenantId, TenantId];
  readonly kind: 'absolute' | 'managed';
}

export interface Directory {
  readonly firm: Firm;
  readonly offices: ReadonlyMap<string, Office>;
  readonly clients: ReadonlyMap<TenantId, Client>;
  readonly people: ReadonlyMap<ActorId, Person>;
  readonly services: ReadonlyMap<ActorId, Service>;
  readonly roles: readonly RoleScope[];
  readonly barriers: readonly Barrier[];
  /** What is wrong and yet has a defined meaning at run time: shared accounts, overlapping patterns, and warnings. */
  readonly problems: readonly Problem[];
}

/** One entry of one file's list, and where it stands. */
export interface Listed<T> {
  readonly entry: T;
  /** `FILE:LINE:COL` of the entry, or of what lies at `path` inside it. */
  where(...path: PropertyKey[]): string;
}

type List = 'offices' | 'clients' | 'people' | 'services' | 'roles' | 'barriers';

/** The lists of all files of a directory, schema-checked, references not yet. */
export type Listing = { readonly [K in List]: readonly Listed<Written[K][number]>[] } & { readonly firm: Firm };

/**
 * Reads a file, or every .yaml, .yml and .json of a folder. Throws DIRECTORY_INVALID for what the schema refuses, and
 * for what leaves no meaning (an id twice, a reference to nothing); the rest is in `problems`.
 */
export function loadDirectory(fileOrFolder: string): Directory {
  const listing = readListing(fileOrFolder);
  const problems = checkListing(listing);
  const fatal = problems.filter(({ fatal: stops }) => stops);
  if (fatal.length > 0) {
    fail(
      'DIRECTORY_INVALID',
      fatal.map(({ where, message }) => `${where}: ${message}`),
    );
  }
  return settle(listing, problems);
}

/** All that is wrong with a directory whose files can be parsed: what `cordon directory check` prints. */
export function checkDirectory(fileOrFolder: string): { listing: Listing; problems: Problem[] } {
  const listing = readListing(fileOrFolder);
  return { listing, problems: checkListing(listing) };
}

function readListing(fileOrFolder: string): Listing {
  const documents = filesOf(fileOrFolder).map((file) => {
    const document = readDocument(file, 'DIRECTORY_INVALID');
    return { document, written: checked(document, directorySchema, 'DIRECTORY_INVALID') };
  });
  return listingOf(documents, fileOrFolder);
}

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

/** Puts the lists of several files together; exported for tests and importers that have documents already. */
export function listingOf(files: readonly { document: Document; written: Written }[], name: string): Listing {
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

const accountsOf = (accounts: Readonly<Record<string, string | string[]>>): Accounts =>
  new Map(Object.entries(accounts).map(([key, logins]) => [key, [logins].flat()]));

/** `fatal` problems have been ruled out, so every id is there once. */
function settle(listing: Listing, problems: readonly Problem[]): Directory {
  return {
    firm: listing.firm,
    offices: mapOf(listing.offices, (o) => [
      o.id,
      { ...o, name: o.name ?? o.id, country: o.country, holidays: new Set(o.holidays) },
    ]),
    clients: mapOf(listing.clients, (c) => [tenantId(c.id), clientOf(c)]),
    people: mapOf(listing.people, (p) => [
      actorId(p.id),
      {
        ...p,
        id: actorId(p.id),
        role: p.role,
        team: p.team,
        office: p.office,
        manager: p.manager,
        accounts: accountsOf(p.accounts),
      },
    ]),
    services: mapOf(listing.services, (s) => [
      actorId(s.id),
      { ...s, id: actorId(s.id), name: s.name ?? s.id, accounts: accountsOf(s.accounts) },
    ]),
    roles: listing.roles.map(({ entry: r }) => ({
      role: r.role,
      clients: r.clients === 'all' ? r.clients : new Set(r.clients.map(tenantId)),
      sources: r.sources && new Set(r.sources),
      basis: r.basis,
      needs: r.needs,
    })),
    barriers: listing.barriers.map(({ entry: { between, kind } }) => ({
      between: [tenantId(between[0]), tenantId(between[1])],
      kind,
    })),
    problems,
  };
}

function mapOf<T, K, V>(list: readonly Listed<T>[], pair: (entry: T) => [K, V]): ReadonlyMap<K, V> {
  return new Map(list.map(({ entry }) => pair(entry)));
}

function clientOf(c: Written['clients'][number]): Client {
  return {
    id: tenantId(c.id),
    name: c.name,
    alias: c.alias ?? c.id,
    team: c.team,
    sensitivity: c.sensitivity,
    contacts: c.contacts,
    retentionDays: c.retention === undefined ? undefined : Number(c.retention.slice(0, -1)),
    region: c.region,
    resources: c.resources.map(resourceOf),
  };
}

export function resourceOf(written: Written['clients'][number]['resources'][number]): Resource {
  const kind = placeKinds.find((name) => written[name] !== undefined) ?? 'path';
  return { source: written.source, collector: written.collector, kind, pattern: written[kind] ?? '' };
}
