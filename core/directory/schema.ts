/** The directory as it is written, also for docs/directory.schema.json. Its parsed form is in directory.ts. */
import { z } from 'zod';
import { isNetwork } from '../network.ts';
import { isDate, isZone } from '../time.ts';
import { accessClasses } from '../types.ts';

const text = z.string().min(1, 'must not be empty').max(1_024);
const zone = z.string().refine(isZone, 'is not a time zone; write one as Europe/London or UTC');
export const networkText = z.string().refine(isNetwork, 'is not a network; write one as 10.20.0.0/16 or 2001:db8::/32');
const networks = z.array(networkText).max(100_000);
const date = z.string().refine(isDate, 'is not a date; write one as 2026-12-25');
export const countryCode = z
  .string()
  .regex(/^[A-Z]{2}$/, 'is not a country; write two capital letters, as GB (ISO 3166-1)');
/** At most 54 years: the store reckons with times that end in 2106, and begins again in 1970 where a sum is beyond. */
const duration = z
  .string()
  .regex(
    /^(?:[1-9]\d{0,3}|1\d{4})d$/,
    'write a number of days as 400d, at most 19999d; to keep for ever, leave it out',
  );
const retention = z
  .union([
    duration,
    z.strictObject({
      default: duration.optional().describe('of the classes that are not named; for ever if left out'),
      ...Object.fromEntries(accessClasses.map((one) => [one, duration.optional()])),
    }),
  ])
  .describe('how long accesses are kept, all alike or by their class; for ever if left out');

/** Persons, services, offices. No blanks or control characters: ids travel in headers, URLs and file names. */
const id = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/, 'an id is letters, digits, `.`, `_`, `@` and `-`, at most 64');

/** Also a topic and the stem of a database's name. */
const tenantIdPattern = /^[a-z][a-z0-9_]{0,40}$/;
const clientId = z
  .string()
  .regex(tenantIdPattern, 'a client id is a small letter, then small letters, digits and `_`, at most 41');

const accounts = z.record(
  text.describe('a source, a collector or `*`'),
  z.union([text, z.array(text).max(100)]).describe('logins; compared without case'),
);

/** In the order in which attribution names them when several agree. */
export const placeKinds = [
  'path',
  'site',
  'drive',
  'channel',
  'workspace',
  'mailbox',
  'table',
  'schema',
  'database',
  'group',
] as const;
export type PlaceKind = (typeof placeKinds)[number];

const pattern = text.optional();
const resource = z
  .strictObject({
    source: text.optional(),
    collector: text.optional(),
    path: pattern.describe('glob: `**` any folders, `*` and `?` within a name, `{a,b}`; / and \\ alike'),
    site: pattern.describe('glob over the path of a site: /sites/acme-*'),
    drive: pattern,
    channel: pattern,
    workspace: pattern,
    mailbox: pattern,
    table: pattern.describe('a table, or schema.table'),
    schema: pattern,
    database: pattern,
    group: pattern,
  })
  .refine((r) => (r.source === undefined) !== (r.collector === undefined), 'must name either a source or a collector')
  .refine(
    (r) => placeKinds.filter((kind) => r[kind] !== undefined).length === 1,
    `must have exactly one of ${placeKinds.join(', ')}`,
  );

const office = z.strictObject({
  id,
  name: text.optional(),
  time_zone: zone,
  country: countryCode.optional(),
  networks: networks.default([]),
  vpn: networks.default([]),
  holidays: z.array(date).max(10_000).default([]),
});

const client = z.strictObject({
  id: clientId.describe('also the topic and database name'),
  name: text,
  alias: text.optional().describe('what leaves the boundary (mail subjects) instead of the name'),
  team: text.optional(),
  sensitivity: z.enum(['normal', 'restricted']).default('normal'),
  contacts: z
    .array(z.strictObject({ name: text, mail: text, for: z.array(text).max(100).default([]) }))
    .max(1_000)
    .default([]),
  retention: retention.optional(),
  region: text.optional(),
  resources: z.array(resource).max(10_000).default([]),
  canaries: z
    .array(text)
    .max(1_000)
    .default([])
    .describe('globs of objects that nobody has a reason to open: any touch is an alert'),
});

const person = z.strictObject({
  id,
  name: text,
  kind: z.enum(['employee', 'contractor']).default('employee'),
  role: text.optional(),
  team: text.optional(),
  office: id.optional(),
  fte: z.number().min(0).max(1).default(1),
  manager: id.optional(),
  accounts: accounts.default({}),
});

const service = z.strictObject({
  id,
  name: text.optional(),
  job: text,
  hosts: z.array(text).max(10_000).default([]),
  networks: networks.default([]),
  hours: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/, 'write the hours as 22:00-05:30')
    .optional()
    .describe('when its job runs, by the firm’s clock; at any hour if left out'),
  accounts: accounts.default({}),
});

const clients = z.union([z.literal('all'), z.array(text).min(1).max(100_000)]);

const roleScope = z.strictObject({
  role: text,
  clients: clients.describe('`all`, or a list of client ids'),
  sources: z.array(text).min(1).max(1_000).optional().describe('only there; everywhere if left out'),
  basis: text.optional().describe('why the firm lets this role in'),
  needs: z.literal('ticket').optional().describe('what must exist besides the role'),
});

export const barrierKinds = ['absolute', 'managed'] as const;

const barrier = z.strictObject({ between: z.tuple([text, text]), kind: z.enum(barrierKinds).default('absolute') });

const firm = z.strictObject({
  name: text,
  time_zone: zone.default('UTC'),
  domains: z.array(text).max(10_000).default([]),
  retention: retention.optional().describe('of clients that have none of their own, and of what belongs to no client'),
});

const listMax = 1_000_000;

export const directorySchema = z.strictObject({
  $schema: z.string().optional(),
  firm: firm.optional(),
  offices: z.array(office).max(listMax).default([]),
  clients: z.array(client).max(listMax).default([]),
  people: z.array(person).max(listMax).default([]),
  services: z.array(service).max(listMax).default([]),
  roles: z.array(roleScope).max(listMax).default([]),
  barriers: z.array(barrier).max(listMax).default([]),
});

export type Written = z.output<typeof directorySchema>;
