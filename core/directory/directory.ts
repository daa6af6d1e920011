/** The directory as the rest of the product sees it: ids minted, references in Maps. */
import { type Document, fail } from '../document.ts';
import { forEver, keptAlike, type Retention } from '../retention.ts';
import { type ActorId, accessClasses, actorId, type TenantId, tenantId } from '../types.ts';
import { meaningless } from './check.ts';
import { type Listed, type Listing, listingIn, readListing } from './listing.ts';
import { type Resource, resourceOf } from './resource.ts';
import type { Written } from './schema.ts';

export interface Firm {
  readonly name: string;
  /** IANA name; what dates without a time mean, and the zone of people without an office. */
  readonly time_zone: string;
  readonly domains: readonly string[];
  /** Of clients that have none of their own, and of what belongs to no client. */
  readonly retention: Retention;
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

export interface Client {
  readonly id: TenantId;
  readonly name: string;
  /** What leaves the boundary instead of the name; the id where the directory gives none. */
  readonly alias: string;
  readonly team: string | undefined;
  readonly sensitivity: 'normal' | 'restricted';
  readonly contacts: readonly { readonly name: string; readonly mail: string; readonly for: readonly string[] }[];
  readonly retention: Retention;
  readonly region: string | undefined;
  readonly resources: readonly Resource[];
  /** Globs, / and \\ alike, without case: objects that exist only to be noticed. */
  readonly canaries: readonly string[];
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
  /** `22:00-05:30` by the firm’s clock; undefined: at any hour. */
  readonly hours?: string | undefined;
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
}

/**
 * Reads a file, or every .yaml, .yml and .json of a folder. Throws DIRECTORY_INVALID for what the schema refuses and
 * for what leaves no meaning (an id twice, a reference to nothing). What has a meaning, though not a wanted one (a
 * shared account names nobody, overlapping patterns no client), is found by `checkDirectory`.
 */
export function loadDirectory(fileOrFolder: string): Directory {
  return meant(readListing(fileOrFolder));
}

/** The same of one that stands inside another document. */
export const directoryIn = (document: Document): Directory => meant(listingIn(document));

function meant(listing: Listing): Directory {
  const fatal = meaningless(listing).map(({ where, message }) => `${where}: ${message}`);
  if (fatal.length > 0) fail('DIRECTORY_INVALID', fatal);
  return settle(listing);
}

const accountsOf = (accounts: Readonly<Record<string, string | string[]>>): Accounts =>
  new Map(Object.entries(accounts).map(([key, logins]) => [key, [logins].flat()]));

/** Every id is there once. */
function settle(listing: Listing): Directory {
  return {
    firm: { ...listing.firm, retention: retentionIn(listing.firm.retention) },
    offices: mapOf(listing.offices, (o) => [
      o.id,
      { ...o, name: o.name ?? o.id, country: o.country, holidays: new Set(o.holidays) },
    ]),
    clients: mapOf(listing.clients, (c) => [tenantId(c.id), clientOf(c, retentionIn(listing.firm.retention))]),
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
  };
}

function mapOf<T, K, V>(list: readonly Listed<T>[], pair: (entry: T) => [K, V]): ReadonlyMap<K, V> {
  return new Map(list.map(({ entry }) => pair(entry)));
}

function clientOf(c: Written['clients'][number], firms: Retention): Client {
  return {
    id: tenantId(c.id),
    name: c.name,
    alias: c.alias ?? c.id,
    team: c.team,
    sensitivity: c.sensitivity,
    contacts: c.contacts,
    retention: c.retention === undefined ? firms : retentionIn(c.retention),
    region: c.region,
    resources: c.resources.map(resourceOf),
    canaries: c.canaries,
  };
}

function retentionIn(given: Written['clients'][number]['retention']): Retention {
  if (given === undefined) return forEver;
  if (typeof given === 'string') return keptAlike(Number(given.slice(0, -1)));
  const said: Readonly<Record<string, string | undefined>> = given;
  return Object.fromEntries(
    accessClasses.flatMap((one) => {
      const days = said[one] ?? said['default'];
      return days === undefined ? [] : [[one, Number(days.slice(0, -1))]];
    }),
  );
}
