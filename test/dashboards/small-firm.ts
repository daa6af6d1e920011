/** A week of a small firm, the same every time: what the memory desk answers from. Invented here. */
import { hash } from 'node:crypto';
import { recordsHash } from '../../core/records.ts';
import { accessId, actorId, type TenantId, tenantId } from '../../core/types.ts';
import type { AccessLine, AlertView, Band, TimelineGap, TimelineRow } from '../../dashboards/server/api.ts';

export const firm = { name: 'Hartwell Lane', time_zone: 'Europe/London' };
export const clients = [
  { id: 'acme', name: 'Acme Holdings', alias: 'C-1042' },
  { id: 'globex', name: 'Globex Marine', alias: 'C-1077' },
  { id: 'initech', name: 'Initech & Sons', alias: 'C-1101' },
] as const;

export interface Kept {
  readonly line: AccessLine;
  readonly raw: readonly Buffer[];
}

interface Person extends Pick<TimelineRow, 'id' | 'name' | 'role'> {
  readonly account: string;
  readonly ip: string;
  /** Accesses to Acme on a working day. */
  readonly aDay: number;
}

const people: readonly Person[] = [
  { id: 'p1', name: 'Ana Chan', role: 'associate', account: 'achan', ip: '10.20.4.17', aDay: 0 },
  { id: 'p2', name: 'Ben Odell', role: 'partner', account: 'bodell', ip: '10.20.4.31', aDay: 9 },
  { id: 'p3', name: 'Carla Díaz', role: 'associate', account: 'cdiaz', ip: '10.20.4.40', aDay: 22 },
  { id: 'p4', name: 'Dov Levin', role: 'paralegal', account: 'dlevin', ip: '10.20.5.12', aDay: 14 },
  { id: 'p5', name: 'Esi Mensah', role: 'associate', account: 'emensah', ip: '10.20.5.19', aDay: 6 },
  { id: 'p6', name: 'Farid Nazari', role: 'it_admin', account: 'fnazari', ip: '10.20.9.3', aDay: 1 },
  { id: 'svc-backup', name: 'svc-backup', role: 'service: backup', account: 'svc-backup', ip: '10.5.0.112', aDay: 5 },
];

const folders = ['merger/term-sheet', 'merger/board-minutes', 'disputes/witness', 'tax/2025-return', 'hr/payroll'];
const firstDay = Date.parse('2026-03-02T00:00:00Z');
const hour = 3_600_000;
const iso = (at: number) => new Date(at).toISOString();

/** Numbers that look like chance and never change (Lehmer, Park & Miller 1988). */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

function access(tenant: TenantId, person: Person, at: number, more: Partial<AccessLine> = {}): Kept {
  const object = more.object ?? `/srv/clients/${tenant}/merger/plan.docx`;
  const action = more.action ?? 'read';
  const stamp = iso(at).slice(0, 19).replace('T', ' ').replaceAll('-', '/');
  const denied = more.outcome === 'denied' ? 'fail (Permission denied)' : 'ok';
  const mode = action === 'write' ? 'w' : 'r';
  const raw = [Buffer.from(`${stamp}|${person.account}|${person.ip}|clients|openat|${denied}|${mode}|${object}`)];
  const line: AccessLine = {
    id: accessId(hash('sha256', `${tenant}${person.id}${at}${object}`, 'hex').slice(0, 32)),
    at: iso(at),
    seen_at: iso(at + 900),
    tenant,
    source: 'fs1',
    class: 'file',
    action,
    outcome: 'success',
    actor: actorId(person.id),
    account: person.account,
    actor_kind: person.id.startsWith('svc') ? 'service' : 'person',
    object,
    object_kind: 'file',
    ip: person.ip,
    host: 'FS1',
    count: 1,
    attributed_by: 'path',
    records_sha256: recordsHash(raw),
    collector: 'fs1',
    seq: 118,
    index: Math.floor(at / 1_000) % 977,
    who: person.name,
    explained_by: 'assignment',
    ...more,
  };
  return { line, raw };
}

function ordinaryWeek(tenant: TenantId): Kept[] {
  const random = chance(20_260_302);
  const kept: Kept[] = [];
  for (let day = 0; day < 7; day += 1) {
    for (const person of people) {
      const service = person.id.startsWith('svc');
      const many = day > 4 && !service ? 0 : person.aDay;
      for (let n = 0; n < many; n += 1) {
        const begin = service ? 2 : 8.5 + random() * 9.5;
        const at = firstDay + day * 24 * hour + Math.floor((begin + (service ? n / 20 : random() / 2)) * hour);
        const object = `/srv/clients/${tenant}/${folders[Math.floor(random() * 5)]}-${Math.floor(random() * 40)}.docx`;
        const action = random() < 0.2 ? 'write' : 'read';
        const late = person.id === 'p5' && day < 3;
        const explained_by = service ? 'service job' : person.id === 'p6' ? 'ticket' : late ? null : 'assignment';
        kept.push(access(tenant, person, at, { object, action, explained_by }));
      }
    }
  }
  return kept;
}

/** Ana Chan, Thursday night: 41 documents, two of them refused. */
function trouble(tenant: TenantId): Kept[] {
  const [ana] = people;
  const begin = Date.parse('2026-03-05T22:11:04Z');
  return Array.from({ length: 41 }, (_, n) => {
    const object = `/srv/clients/${tenant}/${folders[n % 3]}-${n}.docx`;
    const outcome = n === 3 || n === 4 ? 'denied' : 'success';
    return access(tenant, ana as Person, begin + n * 47_000 + (n % 7) * 3_100, { object, outcome, explained_by: null });
  });
}

const inOrder = (a: Kept, b: Kept) => (a.line.at + a.line.id < b.line.at + b.line.id ? -1 : 1);
const acme = tenantId('acme');
const globex = tenantId('globex');

/** One whose sealed record is not what its hash says, and one whose record is not text and whose name plays tricks. */
const odd = access(globex, people[1] as Person, Date.parse('2026-03-04T10:00:00Z'), {
  object: '/srv/clients/globex/invoice\u202Efdp.exe',
  records_sha256: '0'.repeat(64),
});

export const accesses: ReadonlyMap<TenantId, readonly Kept[]> = new Map([
  [acme, [...ordinaryWeek(acme), ...trouble(acme)].sort(inOrder)],
  [globex, [{ line: odd.line, raw: [Buffer.from([0xff, 0xfe, 0x00, 0x41])] }]],
]);

const band = (row: string, kind: string, label: string, from: string, until: string | undefined, recorded_at = from) =>
  ({ row, kind, label, from, until, recorded_at, late: recorded_at > from }) satisfies Band;

export const bands: ReadonlyMap<TenantId, readonly Band[]> = new Map([
  [
    acme,
    [
      band('p2', 'assignment', 'Acme Holdings, all matters', '2025-06-01T00:00:00.000Z', undefined),
      band('p3', 'assignment', 'Acme Holdings, merger', '2026-01-12T00:00:00.000Z', undefined),
      band('p4', 'assignment', 'Acme Holdings, merger', '2026-03-01T00:00:00.000Z', '2026-03-07T00:00:00.000Z'),
      band('p5', 'assignment', 'Acme Holdings', '2026-03-02T00:00:00.000Z', undefined, '2026-03-05T09:12:00.000Z'),
      band('p6', 'ticket', 'INC-2231: restore a folder', '2026-03-03T07:00:00.000Z', '2026-03-06T18:00:00.000Z'),
    ],
  ],
]);

export const gaps: ReadonlyMap<TenantId, readonly TimelineGap[]> = new Map([
  [
    acme,
    [
      {
        ...{ source: 'fs1', kind: 'silent', about_client: false },
        ...{ from: '2026-03-03T12:00:00.000Z', until: '2026-03-03T17:00:00.000Z' },
        what: '0 accesses in 5 hours from 12:00 UTC (1200 are usual); known from 40 days of the source',
      },
      {
        ...{ source: 'win3', kind: 'numbers', about_client: false },
        ...{ from: '2026-03-05T21:10:02.000Z', until: '2026-03-05T23:02:11.000Z' },
        what: '120 numbers of FS3/Security never came, after 2275386 and before 2275507, written 2026-03-05 21:10:02 to 2026-03-05 23:02:10 UTC; usually none is missing there',
      },
    ],
  ],
]);

export const roles: ReadonlyMap<string, Person> = new Map(people.map((person) => [person.id, person]));

const anas = (accesses.get(acme) ?? []).filter(({ line }) => line.actor === 'p1').map(({ line }) => line);

const alert = (id: string, raised_at: string, more: Partial<AlertView>): AlertView => ({
  id,
  raised_at,
  state: 'open',
  severity: 'medium',
  sentence: '',
  clients: [clients[0]],
  accesses: 1,
  because: [],
  unknown: [],
  detectors: ['unexplained-access'],
  history: [{ at: raised_at, state: 'open', by: 'cordon', reason: 'raised' }],
  listed: [],
  ...more,
});

/** Newest first. */
export const alerts: readonly AlertView[] = [
  alert('00c0ffee00000001', '2026-03-05T22:12:38.000Z', {
    severity: 'high',
    sentence: 'Ana Chan opened 41 documents of Acme Holdings; no assignment explains it.',
    once_in_days: 730,
    actor: { id: 'p1', name: 'Ana Chan' },
    accesses: anas.length,
    because: [
      '41 accesses to Acme Holdings on 5 March, between 22:11 and 22:44; no assignment, cover, ticket or role explains any of them.',
      'Ana Chan had not touched this client in the 90 days before.',
      'Associates in London touch 0 to 2 documents a week of a client they are not assigned to.',
    ],
    unknown: [
      'The source pg1 has been silent since 5 March 19:40; what was done in the database meanwhile is not known.',
    ],
    detectors: ['unexplained-access', 'surge'],
    listed: anas,
  }),
  alert('00c0ffee00000002', '2026-03-04T11:20:00.000Z', {
    severity: 'critical',
    sentence: 'Ben Odell opened Globex Marine and Acme Holdings; an absolute barrier stands between them.',
    actor: { id: 'p2', name: 'Ben Odell' },
    clients: [clients[0], clients[1]],
    because: ['One access to Globex Marine while assigned to Acme Holdings; the barrier between them is absolute.'],
    detectors: ['barrier'],
    state: 'acknowledged',
    history: [
      { at: '2026-03-04T11:20:00.000Z', state: 'open', by: 'cordon', reason: 'raised' },
      { at: '2026-03-04T11:31:00.000Z', state: 'acknowledged', by: 'Esi Mensah', reason: 'asked the partner' },
    ],
    listed: [odd.line],
  }),
  alert('00c0ffee00000003', '2026-03-03T14:02:11.000Z', {
    sentence: 'Esi Mensah opened 6 documents of Acme Holdings; the assignment was recorded only afterwards.',
    once_in_days: 12.4,
    actor: { id: 'p5', name: 'Esi Mensah' },
    because: ['6 accesses on 3 March; the assignment that covers them was recorded on 5 March.'],
  }),
  alert('00c0ffee00000004', '2026-03-02T18:45:00.000Z', {
    severity: 'low',
    sentence: 'Several people searched Initech & Sons without an assignment.',
    once_in_days: 3.1,
    clients: [clients[2]],
    because: ['4 people, 9 searches, one afternoon.'],
    state: 'closed',
  }),
];
