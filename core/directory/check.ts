/** What is wrong with a directory that can be parsed: `cordon directory check`. */
import { nearest } from '../nearest.ts';
import { loginKey } from './attributor.ts';
import type { Listed, Listing } from './listing.ts';
import { readListing } from './listing.ts';
import { overlaps } from './overlapping.ts';
import type { Written } from './schema.ts';

export interface Problem {
  readonly level: 'error' | 'warning';
  /** `FILE:LINE:COL` */
  readonly where: string;
  readonly message: string;
}

/** What else is known: then names are checked too. */
export interface Surroundings {
  readonly sources: ReadonlyMap<string, { readonly collector: string }> | undefined;
  readonly collectors: readonly { readonly name: string; readonly caseless: boolean }[];
}

export interface Checked {
  readonly counts: { readonly clients: number; readonly people: number; readonly services: number };
  readonly problems: readonly Problem[];
}

/** Throws DIRECTORY_INVALID only for what cannot be parsed. */
export function checkDirectory(fileOrFolder: string, surroundings: Surroundings): Checked {
  const listing = readListing(fileOrFolder);
  return {
    counts: {
      clients: listing.clients.length,
      people: listing.people.length,
      services: listing.services.length,
    },
    problems: [
      ...meaningless(listing),
      ...sharedAccounts(listing),
      ...overlaps(listing, surroundings),
      ...unknownNames(listing, surroundings),
      ...oddities(listing),
    ],
  };
}

const error = (where: string, message: string): Problem => ({ level: 'error', where, message });
const warning = (where: string, message: string): Problem => ({ level: 'warning', where, message });

/** What leaves no meaning: an id twice, a reference to nothing, a barrier of a client with itself. */
export function meaningless(listing: Listing): Problem[] {
  const clients = new Set(listing.clients.map(({ entry }) => entry.id));
  const offices = new Set(listing.offices.map(({ entry }) => entry.id));
  const actors = new Set([...listing.people, ...listing.services].map(({ entry }) => entry.id));
  const problems = [
    ...twice(listing.clients, 'client'),
    ...twice(listing.offices, 'office'),
    ...twice([...listing.people, ...listing.services], 'person or service'),
  ];
  const refer = (known: ReadonlySet<string>, what: string, id: string | undefined, where: string) => {
    if (id === undefined || known.has(id)) return;
    const near = nearest(id, [...known]);
    problems.push(error(where, `there is no ${what} \`${id}\`${near ? `; did you mean \`${near}\`?` : ''}`));
  };
  for (const { entry, where } of listing.people) {
    refer(offices, 'office', entry.office, where('office'));
    refer(actors, 'person', entry.manager, where('manager'));
  }
  for (const { entry, where } of listing.roles) {
    if (entry.clients === 'all') continue;
    for (const [index, id] of entry.clients.entries()) refer(clients, 'client', id, where('clients', index));
  }
  for (const { entry, where } of listing.barriers) {
    for (const [index, id] of entry.between.entries()) refer(clients, 'client', id, where('between', index));
    const [one, other] = entry.between;
    if (one === other)
      problems.push(error(where('between'), `a barrier stands between two clients, not \`${one}\` and itself`));
  }
  return problems;
}

function twice(list: readonly Listed<{ id: string }>[], what: string): Problem[] {
  const first = new Map<string, string>();
  return list.flatMap(({ entry: { id }, where }) => {
    const other = first.get(id);
    if (other === undefined) first.set(id, where('id'));
    return other === undefined ? [] : [error(where('id'), `there is another ${what} \`${id}\` at ${other}`)];
  });
}

type Account = { readonly owner: string; readonly where: string };

/** An account of two people names nobody, so what it does has no actor. */
function sharedAccounts(listing: Listing): Problem[] {
  const owners = new Map<string, Account>();
  const problems: Problem[] = [];
  for (const { entry, where } of [...listing.people, ...listing.services]) {
    for (const [key, logins] of Object.entries(entry.accounts)) {
      for (const [index, login] of [logins].flat().entries()) {
        const here = Array.isArray(logins) ? where('accounts', key, index) : where('accounts', key);
        const account = `${key}\0${loginKey(login)}`;
        const other = owners.get(account);
        if (other === undefined) owners.set(account, { owner: entry.id, where: here });
        else if (other.owner !== entry.id) {
          problems.push(
            error(
              here,
              `the ${key} account \`${login}\` is also ${other.owner}'s (${other.where}); it will name nobody`,
            ),
          );
        }
      }
    }
  }
  return problems;
}

/** Sources and collectors that are not there: such a resource or account would never be asked. */
function unknownNames(listing: Listing, { sources, collectors }: Surroundings): Problem[] {
  const collectorNames = collectors.map(({ name }) => name);
  const problems: Problem[] = [];
  const refer = (known: readonly string[], what: string, name: string, where: string) => {
    if (known.includes(name)) return;
    const near = nearest(name, known);
    const hint = near ? `did you mean \`${near}\`?` : `there are ${known.join(', ') || 'none'}`;
    problems.push(error(where, `there is no ${what} \`${name}\`; ${hint}`));
  };
  const sourceNames = sources && [...sources.keys()];
  for (const { entry, where } of listing.clients) {
    for (const [index, { source, collector }] of entry.resources.entries()) {
      if (collector !== undefined)
        refer(collectorNames, 'collector', collector, where('resources', index, 'collector'));
      if (source !== undefined && sourceNames)
        refer(sourceNames, 'source', source, where('resources', index, 'source'));
    }
  }
  if (!sourceNames) return problems;
  const either = ['*', ...sourceNames, ...collectorNames];
  for (const { entry, where } of [...listing.people, ...listing.services]) {
    for (const key of Object.keys(entry.accounts)) refer(either, 'source or collector', key, where('accounts', key));
  }
  for (const { entry, where } of listing.roles) {
    for (const [index, name] of (entry.sources ?? []).entries())
      refer(sourceNames, 'source', name, where('sources', index));
  }
  return problems;
}

/** What is allowed, and rarely meant. */
function oddities(listing: Listing): Problem[] {
  const teams = new Set(listing.people.map(({ entry }) => entry.team));
  const roles = new Set(listing.people.map(({ entry }) => entry.role));
  return [
    ...listing.clients.flatMap(({ entry, where }) => [
      ...(entry.resources.length > 0
        ? []
        : [warning(where(), `the client \`${entry.id}\` has no resources, so nothing is ever its`)]),
      ...(teams.has(entry.team) || entry.team === undefined
        ? []
        : [warning(where('team'), `nobody is in the team \`${entry.team}\``)]),
    ]),
    ...sameAlias(listing.clients),
    ...[...listing.people, ...listing.services].flatMap(({ entry, where }) =>
      Object.keys(entry.accounts).length > 0
        ? []
        : [warning(where(), `\`${entry.id}\` has no accounts, so nothing is ever theirs`)],
    ),
    ...listing.roles.flatMap(({ entry, where }) =>
      roles.has(entry.role) ? [] : [warning(where('role'), `nobody has the role \`${entry.role}\``)],
    ),
  ];
}

/** In the subject of a mail nobody could tell the two apart. */
function sameAlias(clients: Listing['clients']): Problem[] {
  const first = new Map<string, string>();
  return clients.flatMap(({ entry: { id, alias }, where }: Listed<Written['clients'][number]>) => {
    if (alias === undefined) return [];
    const other = first.get(alias);
    if (other === undefined) first.set(alias, id);
    return other === undefined
      ? []
      : [error(where('alias'), `the alias \`${alias}\` is also that of the client \`${other}\``)];
  });
}
