/** The demo's cordon.yaml and directory.yaml, as somebody would write them by hand. */
import {
  backup,
  type Client,
  clients,
  domain,
  firmName,
  login,
  mailOf,
  type Office,
  offices,
  type Person,
  people,
  sidOf,
  siteOf,
} from './firm.ts';
import { schemaOf } from './papers.ts';

export const logOf = {
  'files-bristol': 'logs/files-bristol.log',
  'files-boston': 'logs/files-boston.ndjson',
  ledger: 'logs/ledger.csv',
  m365: 'logs/m365.ndjson',
} as const;

export const configYaml = `# ${firmName}: what Cordon watches. \`cordon start --config THIS-FILE\` runs it.
# Relative paths start at this file's folder. An unknown key is an error, with its line.

data: ./data                  # spool, embedded store, keys; one process at a time
directory: ./directory.yaml   # who is who, and where each client's data lies
facts: ./facts.jsonl          # assignments, tickets, cover, leave: what makes an access legitimate

sources:
  # Samba in Bristol, vfs_full_audit through syslog.
  files-bristol: { collector: samba, tail: ./${logOf['files-bristol']} }
  # The Windows file server in Boston, shipped by Winlogbeat.
  files-boston: { collector: windows-security, tail: ./${logOf['files-boston']} }
  # PostgreSQL with pgaudit, csvlog.
  ledger: { collector: pgaudit, tail: ./${logOf.ledger} }
  # Microsoft 365, Unified Audit Log.
  m365: { collector: m365, tail: ./${logOf.m365} }

bus: local
store: embedded

mail:
  # The demo keeps its mail in ./mail, as .eml files. Put the \`host\` of a real server here.
  folder: ./mail
  from: Cordon <cordon@${domain}>
  to: [security@${domain}]

alerts:
  # Alerts a day for each 1,000 of staff. Five is usual; a firm as small as this hears of at least one a day.
  budget_per_day_per_1000: 250
  routes:
    - { to: [security@${domain}] }
    - { to: [beatrix.olander@${domain}], tenants: [kestrel_pharma], severity_at_least: high }
`;

export function directoryYaml(): string {
  return `# ${firmName}. Everybody and everything here is invented.

firm: { name: ${firmName}, time_zone: ${offices[0].zone}, domains: [${domain}] }

offices:
${offices.map(officeYaml).join('\n')}

# A client is a tenant: own database, own readers. \`alias\` is what mails say instead of the name.
clients:
${clients.map(clientYaml).join('\n')}

people:
${people.map(personYaml).join('\n')}

services:
  # Legitimate only from its own hosts.
  - id: ${backup.id}
    job: backup
    hosts: [${Object.values(backup.hosts).join(', ')}]
    networks: [${Object.values(backup.ips)
      .map((ip) => `${ip}/32`)
      .join(', ')}]
    accounts: { samba: ${backup.login}, windows-security: ['MARLOWE\\${backup.login}', ${backup.sid}] }

roles:
  # Billing may see every client's ledger, and nothing else of them.
  - { role: billing, clients: all, sources: [ledger], basis: firm-wide billing }
  # Administrators may go anywhere, with a ticket.
  - { role: it_admin, clients: all, needs: ticket }
`;
}

function officeYaml({ id, name, zone, country, network, outside, vpn }: Office): string {
  return `  - id: ${id}
    name: ${name}
    time_zone: ${zone}
    country: ${country}
    networks: [${network}.0.0/16, ${outside}/32]
    vpn: [${vpn}.0.0/16]`;
}

function clientYaml(client: Client): string {
  const { id, name, alias, office, sensitivity } = client;
  const files =
    office.id === 'bristol'
      ? `{ source: files-bristol, path: "/srv/work/${name}/**" }`
      : `{ source: files-boston, path: "D:/Work/${name}/**" }`;
  return `  - id: ${id}
    name: ${name}
    alias: ${alias}
    team: ${office.id}
    sensitivity: ${sensitivity}
    resources:
      - ${files}
      - { source: ledger, schema: ${schemaOf(client)} }
      - { source: m365, site: "${siteOf(client)}" }`;
}

function personYaml(person: Person): string {
  const { id, name, kind, role, office, fte, manager } = person;
  const more = [
    kind === 'contractor' ? 'kind: contractor' : '',
    `role: ${role}, team: ${office.id}, office: ${office.id}`,
    fte === 1 ? '' : `fte: ${fte}`,
    manager ? `manager: ${manager}` : '',
  ].filter(Boolean);
  return `  - { id: ${id}, name: ${name}, ${more.join(', ')},
      accounts: { samba: ${login(person)}, windows-security: ['MARLOWE\\${login(person)}', ${sidOf(person)}],
                  pgaudit: ${id.replace('.', '_')}, m365: ${mailOf(person)} } }`;
}
