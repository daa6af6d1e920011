/** Object → client and account → person for one source, on every record: at most a few Map lookups each. */
import { createTextCache } from '../text-cache.ts';
import { type ActorId, type Place, type TenantId, unattributed } from '../types.ts';
import type { Accounts, Directory } from './directory.ts';
import { createGlobIndex, type GlobIndex } from './glob.ts';
import type { Resource } from './resource.ts';
import { type PlaceKind, placeKinds } from './schema.ts';

const answersMax = 65_536;

interface Attributed {
  readonly tenant: TenantId;
  /** The kind of pattern that matched, `alias`, or, with `_unattributed`, `none` or `ambiguous`. */
  readonly by: string;
}

interface Who {
  readonly actor: ActorId;
  readonly kind: 'person' | 'service';
}

export interface Attributor {
  tenantOf(place: Place): Attributed;
  /** Undefined for an account that the directory gives to nobody, or to more than one. */
  personOf(account: string): Who | undefined;
}

/** Which source's records: its configured name, its collector, and whether that platform ignores case in names. */
export interface AttributedSource {
  readonly name: string;
  readonly collector: string;
  readonly caseless: boolean;
}

const none: Attributed = { tenant: unattributed, by: 'none' };
const ambiguous: Attributed = { tenant: unattributed, by: 'ambiguous' };

export function createAttributor(directory: Directory, source: AttributedSource): Attributor {
  return { tenantOf: tenantFinder(directory, source), personOf: personFinder(directory, source) };
}

function tenantFinder(directory: Directory, source: AttributedSource): Attributor['tenantOf'] {
  const patterns = new Map<PlaceKind, [string, TenantId][]>();
  for (const client of directory.clients.values()) {
    for (const resource of client.resources) {
      if (!concerns(resource, source)) continue;
      const of = patterns.get(resource.kind) ?? [];
      of.push([resource.pattern, client.id]);
      patterns.set(resource.kind, of);
    }
  }
  const finders: [PlaceKind, (place: Place) => Attributed][] = [];
  for (const kind of placeKinds) {
    const of = patterns.get(kind);
    if (of) finders.push([kind, finderOf(kind, of, source.caseless)]);
  }
  const byAlias = aliasFinder(directory);

  return (place) => {
    let found = none;
    for (const [kind, find] of finders) {
      if (place[kind] === undefined) continue;
      const here = find(place);
      if (here === ambiguous) return ambiguous;
      if (here === none || here.tenant === found.tenant) continue;
      if (found !== none) return ambiguous;
      found = here;
    }
    if (found === none && place.group !== undefined) return byAlias(place.group);
    return found;
  };
}

function concerns(resource: Resource, source: { readonly name: string; readonly collector: string }): boolean {
  return resource.source === undefined ? resource.collector === source.collector : resource.source === source.name;
}

function finderOf(
  kind: PlaceKind,
  patterns: readonly [string, TenantId][],
  caseless: boolean,
): (place: Place) => Attributed {
  const known = new Map<TenantId, Attributed>();
  for (const [, tenant] of patterns) known.set(tenant, { tenant, by: kind });
  const conclude = (tenants: ReadonlySet<TenantId>): Attributed => {
    if (tenants.size > 1) return ambiguous;
    for (const tenant of tenants) return known.get(tenant) ?? none;
    return none;
  };
  const globs = (of: readonly (readonly [string, TenantId])[], ignoreCase = caseless): GlobIndex<Attributed> =>
    createGlobIndex(of, { caseless: ignoreCase, conclude });

  if (kind === 'path') {
    const index = globs(patterns);
    return ({ path = '' }) => index.match(path);
  }
  if (kind === 'site') {
    const index = globs(patterns.map(([pattern, tenant]) => [sitePattern(pattern), tenant]));
    return remembered(
      ({ site = '' }) => site,
      (site) => index.match(sitePath(site)),
    );
  }
  const names = patterns.map(([pattern, tenant]) => [namePattern(pattern), tenant] as const);
  const index = globs(names, caseless || kind === 'mailbox' || kind === 'group');
  if (kind !== 'table')
    return remembered(
      (place) => place[kind] ?? '',
      (name) => index.match(namePattern(name)),
    );
  return remembered(
    ({ schema, table = '' }) => (schema === undefined || table.includes('.') ? table : `${schema}.${table}`),
    (table) => {
      // A pattern may be `schema.table` or a table of any schema.
      const whole = index.match(namePattern(table));
      const dot = table.lastIndexOf('.');
      if (dot < 0) return whole;
      const bare = index.match(namePattern(table.slice(dot + 1)));
      if (whole === none || whole === bare) return bare;
      return bare === none ? whole : ambiguous;
    },
  );
}

function remembered(
  textOf: (place: Place) => string,
  find: (text: string) => Attributed,
): (place: Place) => Attributed {
  const cache = createTextCache<Attributed>(answersMax);
  return (place) => {
    const text = textOf(place);
    let answer = cache.get(text);
    if (answer === undefined) {
      answer = find(text);
      cache.set(text, answer);
    }
    return answer;
  };
}

/** One name, of a schema or a drive, that happens to hold a slash is no folder. */
export const namePattern = (text: string): string => text.replaceAll('/', '\u0001').replaceAll('\\', '\u0001');

/** `https://firm.sharepoint.com/sites/acme-x/` → `firm.sharepoint.com/sites/acme-x`; `/sites/acme-x` → `-/sites/acme-x`. */
function sitePath(site: string): string {
  const [, host = '-', path = site] = /^[a-z][a-z0-9+.-]*:\/\/([^/]*)(.*)$/i.exec(site) ?? [];
  try {
    return `${host}/${decodeURIComponent(path)}`;
  } catch {
    return `${host}/${path}`;
  }
}

/** A site and all below it, on any host unless the pattern names one. */
export function sitePattern(pattern: string): string {
  const [, host = '*', path = pattern] = /^[a-z][a-z0-9+.-]*:\/\/([^/]*)(.*)$/i.exec(pattern) ?? [];
  return `${host}/${path}/**`;
}

/** Shorter codes than this occur in names by chance. */
const aliasCharsMin = 4;

/** The words of a name: runs of letters and digits, in small letters. */
const wordsOf = (text: string): string[] =>
  text
    .normalize('NFC')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);

/** A group whose name holds, as a whole word, the code that ends one client's alias, and only one's, is that client's. */
function aliasFinder(directory: Directory): (group: string) => Attributed {
  const byCode = new Map<string, Attributed>();
  for (const { id, alias } of directory.clients.values()) {
    const code = wordsOf(alias).at(-1) ?? '';
    if (code.length < aliasCharsMin) continue;
    byCode.set(code, byCode.has(code) ? none : { tenant: id, by: 'alias' });
  }
  const find = (group: string): Attributed => {
    const tenants = new Set(wordsOf(group).map((word) => byCode.get(word) ?? none));
    tenants.delete(none);
    if (tenants.size > 1) return ambiguous;
    for (const one of tenants) return one;
    return none;
  };
  const finder = remembered(({ group = '' }) => group, find);
  return (group) => finder({ group });
}

/** Logins in small letters → whose they are; undefined within the Map: more than one's. */
type Logins = Map<string, Who | undefined>;

export const loginKey = (login: string): string => login.normalize('NFC').toLowerCase();

function personFinder(directory: Directory, source: AttributedSource): Attributor['personOf'] {
  const logins: Logins = new Map();
  // What is said of the source itself stands above what is said of its collector, and that above `*`.
  for (const key of ['*', source.collector, source.name]) {
    const here: Logins = new Map();
    for (const { id, accounts } of directory.people.values()) claim(here, accounts, key, { actor: id, kind: 'person' });
    for (const { id, accounts } of directory.services.values()) {
      claim(here, accounts, key, { actor: id, kind: 'service' });
    }
    for (const [login, who] of here) logins.set(login, who);
  }
  const bare: Logins = new Map();
  for (const [login, who] of logins) {
    const name = bareName(login);
    if (name === undefined) continue;
    bare.set(name, bare.has(name) && bare.get(name)?.actor !== who?.actor ? undefined : who);
  }
  const nobody = {};
  const cache = createTextCache<Who | typeof nobody>(answersMax);

  return (account) => {
    const known = cache.get(account);
    if (known !== undefined) return known === nobody ? undefined : (known as Who);
    const who = whose(loginKey(account), logins, bare);
    cache.set(account, who ?? nobody);
    return who;
  };
}

/**
 * A record's `DOMAIN\name` is also a bare `name` of the directory, and its bare `name` also a `DOMAIN\name` of the
 * directory if there is one such; `ONE\name` is never `OTHER\name`.
 */
function whose(login: string, logins: Logins, bare: Logins): Who | undefined {
  if (logins.has(login)) return logins.get(login);
  const name = bareName(login);
  return name === undefined ? bare.get(login) : logins.get(name);
}

function bareName(login: string): string | undefined {
  const slash = login.lastIndexOf('\\');
  return slash < 0 ? undefined : login.slice(slash + 1);
}

function claim(logins: Logins, accounts: Accounts, key: string, who: Who): void {
  for (const login of accounts.get(key) ?? []) {
    const small = loginKey(login);
    const other = logins.get(small);
    logins.set(small, logins.has(small) && other?.actor !== who.actor ? undefined : who);
  }
}
