/** The description of users as ClickHouse reads it from a file: profiles, quotas, and each user with its grants. */
import { createHash } from 'node:crypto';
import { type Profile, profileName, profileNames, profiles } from './profiles.ts';
import type { StoreUser } from './users.ts';

function profileXml(name: Profile): string {
  const { defaults, fixed, changeable } = profiles[name];
  return settingsXml(profileName(name), { ...defaults, ...fixed }, [
    ...Object.keys(fixed).map((key) => `<${key}><const/></${key}>`),
    ...changeable.map((key) => `<${key}><changeable_in_readonly/></${key}>`),
  ]);
}

/** Counted for each user apart, which is what this file's quotas do unless told otherwise. */
function quotaXml(name: Profile): string {
  const { quota } = profiles[name];
  if (!quota) return '';
  const limits = Object.entries(quota.limits).map(([key, value]) => `<${key}>${value}</${key}>`);
  const interval = `<interval><duration>${quota.seconds}</duration>${limits.join('')}</interval>`;
  return `<${profileName(name)}>${interval}</${profileName(name)}>`;
}

export function settingsXml(
  name: string,
  given: Readonly<Record<string, number | string>>,
  constraints: readonly string[],
): string {
  const settings = Object.entries(given).map(([key, value]) => `<${key}>${value}</${key}>`);
  return `<${name}>${settings.join('')}<constraints>${constraints.join('')}</constraints></${name}>`;
}

export const profilesXml = (): string => profileNames.map(profileXml).join('\n');
export const quotasXml = (): string => profileNames.map(quotaXml).join('');

/** `network`: the address or network, as `ADDRESS/BITS`, that a user may come from. */
export function userXml({ name, profile, grants }: StoreUser, password: string, network: string): string {
  const digest = createHash('sha256').update(password).digest('hex');
  return `<${name}><password_sha256_hex>${digest}</password_sha256_hex><networks><ip>${network}</ip></networks>
<profile>${profileName(profile)}</profile><quota>${profiles[profile].quota ? profileName(profile) : 'default'}</quota>
<grants>${grants.map((grant) => `<query>GRANT ${grant}</query>`).join('')}</grants></${name}>`;
}
