/** How a person or the backup reaches a client's papers: which login, from where, by what. */
import type { Instant } from '../../core/types.ts';
import type { Act, Deed, SourceName } from './act.ts';
import { backup, type Client, folderOf, login, mailOf, type Office, type Person, sidOf, siteOf } from './firm.ts';
import { schemaOf } from './papers.ts';

const browser =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

export const fileServerOf = ({ office }: Client): SourceName =>
  office.id === 'bristol' ? 'files-bristol' : 'files-boston';

/** Names of one source never mean another's: a person is known by login, SID, role name and mail address. */
export function accountAt(source: SourceName, person: Person): string {
  if (source === 'm365') return mailOf(person);
  return source === 'ledger' ? person.id.replace('.', '_') : login(person);
}

export interface Hand {
  readonly person: Person;
  /** From outside the office, through its VPN. */
  readonly remote?: boolean;
}

export function actBy(
  { person, remote = false }: Hand,
  source: SourceName,
  deed: Deed,
  client: Client,
  item: string,
  at: Instant,
): Act {
  const { office, desk } = person;
  const inside = remote ? `${office.vpn}.3.${desk}` : `${office.network}.4.${desk}`;
  const backslashed = source === 'files-boston' ? item.replaceAll('/', '\\') : item;
  return {
    at,
    source,
    account: accountAt(source, person),
    sid: sidOf(person),
    ip: source === 'm365' ? (remote ? '192.0.2.77' : office.outside) : inside,
    machine: source === 'm365' ? browser : `${office.id === 'bristol' ? 'brs' : 'bos'}-ws${100 + desk}`,
    deed,
    folder: source === 'm365' ? siteOf(client) : source === 'ledger' ? schemaOf(client) : folderOf(client),
    item: backslashed,
  };
}

export function backupAct(office: Office, client: Client, item: string, at: Instant): Act {
  const source = fileServerOf(client);
  return {
    at,
    source,
    account: backup.login,
    sid: backup.sid,
    ip: backup.ips[office.id],
    machine: backup.hosts[office.id].toLowerCase(),
    deed: 'open',
    folder: folderOf(client),
    item: source === 'files-boston' ? item.replaceAll('/', '\\') : item,
  };
}
