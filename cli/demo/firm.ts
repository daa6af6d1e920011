/** The firm of the demo: invented, as is everybody in it. Addresses are those set aside for examples (RFC 5737, RFC 2606). */

export const domain = 'marlowe-quay.example';
export const firmName = 'Marlowe Quay Advisers';
export const sharePoint = 'https://marlowequay.sharepoint.com';

export interface Office {
  readonly id: 'bristol' | 'boston';
  readonly name: string;
  readonly zone: string;
  readonly country: string;
  /** `10.60`: the first half of its network. */
  readonly network: string;
  /** What the outside sees of it. */
  readonly outside: string;
  readonly vpn: string;
}

export const bristol: Office = {
  id: 'bristol',
  name: 'Bristol',
  zone: 'Europe/London',
  country: 'GB',
  network: '10.60',
  outside: '203.0.113.20',
  vpn: '10.68',
};
export const boston: Office = {
  id: 'boston',
  name: 'Boston',
  zone: 'America/New_York',
  country: 'US',
  network: '10.61',
  outside: '198.51.100.20',
  vpn: '10.69',
};
export const offices = [bristol, boston] as const;

export interface Client {
  readonly id: string;
  readonly name: string;
  readonly alias: string;
  readonly office: Office;
  readonly sensitivity: 'normal' | 'restricted';
}

const client = (id: string, name: string, alias: string, office: Office, restricted = false): Client => ({
  id,
  name,
  alias,
  office,
  sensitivity: restricted ? 'restricted' : 'normal',
});

export const clients = [
  client('kestrel_pharma', 'Kestrel Pharma', 'C-3107', bristol, true),
  client('orchard_rail', 'Orchard Rail', 'C-3112', bristol),
  client('tidemark_ferries', 'Tidemark Ferries', 'C-3119', bristol),
  client('lantern_foods', 'Lantern Foods', 'C-3124', bristol),
  client('copperfield_energy', 'Copperfield Energy', 'C-4021', boston),
  client('saffron_textiles', 'Saffron Textiles', 'C-4028', boston),
  client('northgate_clinics', 'Northgate Clinics', 'C-4033', boston),
  client('pallas_robotics', 'Pallas Robotics', 'C-4040', boston, true),
] as const satisfies readonly Client[];

const byId = new Map<string, Client>(clients.map((one) => [one.id, one]));

export function clientNamed(id: string): Client {
  const found = byId.get(id);
  if (!found) throw new RangeError(`the demo has no client ${id}`);
  return found;
}

type Role = 'partner' | 'manager' | 'associate' | 'analyst' | 'billing' | 'it_admin';

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly kind: 'employee' | 'contractor';
  readonly role: Role;
  readonly office: Office;
  readonly fte: number;
  readonly manager: string | undefined;
  /** Clients they work for, from long ago on. */
  readonly clients: readonly string[];
  /** The last number of their workstation's address. */
  readonly desk: number;
}

type Row = readonly [
  name: string,
  role: Role,
  office: Office,
  manager: string,
  clients: string,
  more?: Partial<Person>,
];

const rows: readonly Row[] = [
  ['Beatrix Olander', 'partner', bristol, '', 'kestrel_pharma orchard_rail'],
  ['Idris Calloway', 'partner', bristol, '', 'tidemark_ferries lantern_foods'],
  ['Marta Szulc', 'manager', bristol, 'beatrix.olander', 'kestrel_pharma'],
  ['Owen Pritchard', 'manager', bristol, 'idris.calloway', 'tidemark_ferries lantern_foods'],
  ['Yusra Demir', 'associate', bristol, 'marta.szulc', 'kestrel_pharma orchard_rail'],
  ['Callum Reyes', 'associate', bristol, 'marta.szulc', 'orchard_rail'],
  ['Tomas Reiner', 'associate', bristol, 'owen.pritchard', 'lantern_foods'],
  ['Anneke Vos', 'analyst', bristol, 'marta.szulc', 'kestrel_pharma'],
  ['Jonah Whitlock', 'analyst', bristol, 'owen.pritchard', 'tidemark_ferries orchard_rail', { fte: 0.6 }],
  ['Sinead Brophy', 'analyst', bristol, 'owen.pritchard', 'lantern_foods tidemark_ferries'],
  ['Ravi Menon', 'analyst', bristol, 'marta.szulc', 'orchard_rail', { kind: 'contractor' }],
  ['Petra Lind', 'billing', bristol, 'idris.calloway', ''],
  ['Gareth Moss', 'it_admin', bristol, 'idris.calloway', ''],
  ['Constance Adeyo', 'partner', boston, '', 'copperfield_energy pallas_robotics'],
  ['Leon Hartigan', 'partner', boston, '', 'saffron_textiles northgate_clinics'],
  ['Dana Kowal', 'manager', boston, 'constance.adeyo', 'pallas_robotics copperfield_energy'],
  ['Imogen Vale', 'associate', boston, 'dana.kowal', 'copperfield_energy'],
  ['Pieter Osborn', 'associate', boston, 'leon.hartigan', 'saffron_textiles'],
  ['Hana Ishida', 'associate', boston, 'leon.hartigan', 'northgate_clinics'],
  ['Walt Devereux', 'analyst', boston, 'dana.kowal', 'pallas_robotics'],
  ['Nadia Ferro', 'analyst', boston, 'leon.hartigan', 'saffron_textiles northgate_clinics'],
  ['Cole Tanner', 'analyst', boston, 'dana.kowal', 'copperfield_energy', { kind: 'contractor', fte: 0.5 }],
  ['Ruth Abara', 'billing', boston, 'leon.hartigan', ''],
  ['Noor Halvorsen', 'it_admin', boston, 'constance.adeyo', ''],
];

export const people: readonly Person[] = rows.map(([name, role, office, manager, assigned, more], index) => ({
  id: name.toLowerCase().replaceAll(' ', '.'),
  name,
  kind: 'employee',
  role,
  office,
  fte: 1,
  manager: manager || undefined,
  clients: assigned === '' ? [] : assigned.split(' '),
  desk: 20 + index,
  ...more,
}));

const personById = new Map(people.map((one) => [one.id, one]));

export function personNamed(id: string): Person {
  const found = personById.get(id);
  if (!found) throw new RangeError(`the demo has nobody called ${id}`);
  return found;
}

/** First letter and family name, as the file servers know them. */
export const login = ({ name }: Person): string => {
  const [first = '', last = ''] = name.toLowerCase().split(' ');
  return `${first.slice(0, 1)}${last}`;
};
export const mailOf = ({ id }: Person): string => `${id}@${domain}`;
export const sidOf = ({ desk }: Person): string => `S-1-5-21-3102284711-1180403022-902113745-${1_100 + desk}`;

export const backup = {
  id: 'svc-backup',
  login: 'svc-backup',
  sid: 'S-1-5-21-3102284711-1180403022-902113745-1090',
  /** In Boston its agent runs on the file server itself. */
  hosts: { bristol: 'BRS-BKP01', boston: 'BOS-FILES' },
  ips: { bristol: '10.60.250.9', boston: '10.61.250.9' },
} as const;

/** Where a client's papers lie on the file server of its office, and on SharePoint. */
export const folderOf = ({ office, name }: Client): string =>
  office.id === 'bristol' ? `/srv/work/${name}` : `D:\\Work\\${name}`;
export const siteOf = ({ id }: Client): string => `/sites/${id.replaceAll('_', '-')}`;
