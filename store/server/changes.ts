/**
 * From what a server has to what `users.ts` and `profiles.ts` describe, as statements. Pure: what is wanted and what is there go
 * in, what differs comes out. Nothing that is not Cordon's own, by its name, is looked at.
 */
import { createHash } from 'node:crypto';
import { type Profile, profileName, profileNames, profiles } from '../profiles.ts';
import type { StoreUser } from '../users.ts';
import { type Grant, grantKey, grantList, grantsIn } from './grants.ts';
import type { Snapshot } from './snapshot.ts';

export interface Change {
  readonly kind: 'add' | 'change' | 'remove';
  /** For people: what of whom. */
  readonly what: string;
  readonly statements: readonly string[];
}

export interface Wanted {
  readonly users: readonly StoreUser[];
  readonly passwordOf: (user: string) => string;
  /** Users whose password the server did not take, though it has them. */
  readonly strangers: ReadonlySet<string>;
}

/** The names that are Cordon's own; whoever else is on the server is somebody else's. */
const ownUser =
  /^(?:(?:land|judge|read|witness)_(?:_unattributed|[a-z][a-z0-9_]{0,40})|firm_judge|firm_read|cordon_migrate)$/;
const ownLimits = /^cordon_[a-z]+$/;

/** Additions and changes in the order in which they have to be made; removals last. */
export function changesOf(wanted: Wanted, there: Snapshot): Change[] {
  const names = new Set(wanted.users.map(({ name }) => name));
  const leaving = [...there.users.keys()].filter((name) => ownUser.test(name) && !names.has(name)).sort();
  const limits = new Set(profileNames.map(profileName));
  const unused = (kind: string, list: Iterable<string>) =>
    [...list].filter((name) => ownLimits.test(name) && !limits.has(name)).map((name): Change => removal(kind, name));
  return [
    ...profileNames.flatMap((profile) => profileChange(profile, there)),
    ...wanted.users.flatMap((user) => userChange(user, wanted, there)),
    ...profileNames.flatMap((profile) => quotaChange(profile, wanted.users, there)),
    ...leaving.map((name) => removal('USER', name)),
    ...unused('SETTINGS PROFILE', there.profiles.keys()),
    ...unused('QUOTA', there.quotas.keys()),
  ];
}

const removal = (kind: string, name: string): Change => ({
  kind: 'remove',
  what: `${kind.toLowerCase()} ${name}`,
  statements: [`DROP ${kind} IF EXISTS ${quoted(name)}`],
});

function profileChange(profile: Profile, there: Snapshot): Change[] {
  const name = profileName(profile);
  const { defaults, fixed, changeable } = profiles[profile];
  const settings = new Map<string, string>([
    ...Object.entries(defaults).map(([key, value]) => [key, `${value}`] as const),
    ...Object.entries(fixed).map(([key, value]) => [key, `${value} CONST`] as const),
  ]);
  for (const key of changeable) settings.set(key, `${settings.get(key) ?? ''} CHANGEABLE_IN_READONLY`.trim());
  const found = there.profiles.get(name);
  const differing = [...settings].filter(([key, value]) => found?.get(key) !== value).map(([key]) => key);
  const surplus = [...(found?.keys() ?? [])].filter((key) => !settings.has(key));
  if (found && differing.length + surplus.length === 0) return [];
  const list = [...settings].map(([key, value]) => {
    const [, given, ability] = /^(\S*?) ?(CONST|CHANGEABLE_IN_READONLY)?$/.exec(value) ?? [];
    return [key, given ? `= ${literal(given)}` : '', ability ?? ''].filter(Boolean).join(' ');
  });
  return [
    {
      kind: found ? 'change' : 'add',
      what: `settings profile ${name}${found ? `: ${[...differing, ...surplus].join(', ')}` : ''}`,
      // Replaced whole: nothing that was there before it stays.
      statements: [`CREATE SETTINGS PROFILE OR REPLACE ${quoted(name)} SETTINGS ${list.join(', ')}`],
    },
  ];
}

function userChange(user: StoreUser, wanted: Wanted, there: Snapshot): Change[] {
  const found = there.users.get(user.name);
  const due = new Map(user.grants.flatMap(grantsIn).map((grant) => [grantKey(grant), grant]));
  const missing = [...due].filter(([key]) => !found?.grants.has(key)).map(([, grant]) => grant);
  const surplus = [...(found?.grants ?? [])].filter(([key]) => !due.has(key)).map(([, grant]) => grant);
  const name = quoted(user.name);
  const identified = `IDENTIFIED WITH sha256_hash BY '${createHash('sha256').update(wanted.passwordOf(user.name)).digest('hex')}'`;
  const profile = `SETTINGS PROFILE ${literal(profileName(user.profile))}`;
  const statements: string[] = [];
  const said: string[] = [];
  if (!found) statements.push(`CREATE USER ${name} ${identified} HOST ANY ${profile}`);
  if (found && wanted.strangers.has(user.name)) {
    said.push('its password');
    statements.push(`ALTER USER ${name} ${identified}`);
  }
  if (found && found.profile !== profileName(user.profile)) {
    said.push(`limits ${found.profile || 'none'} → ${profileName(user.profile)}`);
    statements.push(`ALTER USER ${name} ${profile}`);
  }
  if (surplus.length > 0) {
    said.push(`no longer ${surplus.map(grantKey).join(', ')}`);
    const rights = surplus.filter(({ on }) => on !== '');
    if (rights.length > 0) statements.push(`REVOKE ${grantList(rights)} FROM ${name}`);
    for (const { right } of surplus.filter(({ on }) => on === ''))
      statements.push(`REVOKE ${quoted(right)} FROM ${name}`);
  }
  if (missing.length > 0) {
    said.push(`${missing.map(grantKey).join(', ')}`);
    statements.push(`GRANT ${grantList(missing)} TO ${name}`);
  }
  if (statements.length === 0) return [];
  const what = found ? `user ${user.name}: ${said.join('; ')}` : `user ${user.name}: ${rightsText([...due.values()])}`;
  return [{ kind: found ? 'change' : 'add', what, statements }];
}

const rightsText = (grants: readonly Grant[]): string =>
  [...new Set(grants.map(({ right, on }) => `${right} ON ${on}`))].join(', ');

function quotaChange(profile: Profile, users: readonly StoreUser[], there: Snapshot): Change[] {
  const { quota } = profiles[profile];
  if (!quota) return [];
  const name = profileName(profile);
  const of = users.filter((user) => user.profile === profile).map((user) => user.name);
  const found = there.quotas.get(name);
  const same =
    found?.seconds === quota.seconds &&
    JSON.stringify(sorted(found.limits)) === JSON.stringify(sorted(quota.limits)) &&
    JSON.stringify(found.users) === JSON.stringify([...of].sort());
  if (same) return [];
  const limits = Object.entries(quota.limits).map(([key, value]) => `${key} = ${value}`);
  const statement = `CREATE QUOTA OR REPLACE ${quoted(name)} KEYED BY user_name FOR INTERVAL ${quota.seconds} second MAX ${limits.join(', ')} TO ${of.map(quoted).join(', ')}`;
  const what = `quota ${name}: ${limits.join(', ')} in ${quota.seconds} s, for ${of.length} users, each apart`;
  return [{ kind: found ? 'change' : 'add', what, statements: [statement] }];
}

const sorted = (limits: Readonly<Record<string, number>>) =>
  Object.entries(limits).sort(([a], [b]) => (a < b ? -1 : 1));
/** Every name here is minted by us or matched one of the patterns above; quoted all the same. */
const quoted = (name: string): string => `\`${name.replaceAll('`', '')}\``;
const literal = (value: string): string => (/^\d+$/.test(value) ? value : `'${value.replaceAll(/['\\]/g, '')}'`);
