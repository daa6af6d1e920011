import { describe, expect, test } from '@jest/globals';
import type { Directory } from '../../core/directory/directory.ts';
import { accountOf } from '../../core/explain/answer.ts';
import { createExplainer } from '../../core/explain.ts';
import type { Fact } from '../../core/facts.ts';
import { actorId, tenantId } from '../../core/types.ts';

const day = 86_400_000;
const t0 = Date.UTC(2026, 2, 4, 12);
const acme = tenantId('acme');
const jo = actorId('jo');
const lee = actorId('lee');

const person = (id: ReturnType<typeof actorId>, role: string) => ({
  id,
  name: id,
  kind: 'employee' as const,
  role,
  team: 'T1',
  office: undefined,
  fte: 1,
  manager: undefined,
  accounts: new Map(),
});
const directory: Directory = {
  firm: { name: 'Firm', time_zone: 'UTC', domains: ['firm.example'], retention: {} },
  offices: new Map(),
  clients: new Map(),
  people: new Map([
    [jo, person(jo, 'associate')],
    [lee, person(lee, 'associate')],
    [actorId('bill'), person(actorId('bill'), 'billing')],
    [actorId('ada'), person(actorId('ada'), 'it_admin')],
  ]),
  services: new Map([
    [
      actorId('svc-backup'),
      {
        id: actorId('svc-backup'),
        name: 'backup',
        job: 'backup',
        hosts: ['BKP01'],
        networks: ['10.5.0.112/32'],
        accounts: new Map(),
      },
    ],
  ]),
  roles: [
    { role: 'billing', clients: 'all', sources: new Set(['pg1']), basis: 'firm-wide billing', needs: undefined },
    { role: 'it_admin', clients: 'all', sources: undefined, basis: undefined, needs: 'ticket' },
  ],
  barriers: [{ between: [acme, tenantId('globex')], kind: 'absolute' }],
};

let number = 0;
const fact = (recordedAt: number, rest: Record<string, unknown>): Fact => {
  number += 1;
  return { id: `f${number}`, recordedAt, ...rest } as Fact;
};
const assign = (person: string, from: number, recordedAt: number, client: string = acme) =>
  fact(recordedAt, { op: 'assign', person, client, matter: 'm1', from, to: undefined });
const access = (
  actor: string,
  more: { at?: number; source?: string; ip?: string; host?: string; tenant?: string } = {},
) => ({
  at: t0,
  tenant: acme,
  source: 'fs1',
  actor,
  ...more,
});
const kindAt = (facts: readonly Fact[], about: ReturnType<typeof access>, knownAt = about.at) =>
  createExplainer(directory, facts).explain(about, knownAt)?.kind;

describe('what explains an access', () => {
  test.each([
    ['an assignment in force', [assign('jo', t0 - day, t0 - day)], 'assignment'],
    ['nothing', [], undefined],
    ['an assignment of somebody else', [assign('lee', t0 - day, t0 - day)], undefined],
    ['an assignment recorded only afterwards', [assign('jo', t0 - day, t0 + day)], undefined],
    ['one that begins in three days and is recorded', [assign('jo', t0 + 3 * day, t0 - day)], 'onboarding'],
    ['one that begins in three weeks', [assign('jo', t0 + 21 * day, t0 - day)], undefined],
    [
      'a ticket',
      [
        fact(t0 - 1, {
          op: 'ticket',
          ticket: 'CHG1',
          person: 'jo',
          client: acme,
          reason: 'court',
          from: t0 - 1,
          to: t0 + 1,
        }),
      ],
      'ticket',
    ],
    [
      'a cover for one client',
      [fact(t0 - 1, { op: 'cover', person: 'jo', for: 'lee', client: acme, from: t0 - 1, to: t0 + 1 })],
      'cover',
    ],
    [
      'standing in for somebody assigned',
      [
        assign('lee', t0 - day, t0 - day),
        fact(t0 - 1, { op: 'cover', person: 'jo', for: 'lee', client: undefined, from: t0 - 1, to: t0 + 1 }),
      ],
      'delegation',
    ],
  ] as const)('%s', (_, facts, kind) => {
    expect(kindAt(facts, access('jo'))).toBe(kind);
  });

  test('an assignment whose end was recorded explains clearing up for five days, no longer', () => {
    const ended = (ago: number) => [
      assign('jo', t0 - 50 * day, t0 - 50 * day),
      fact(t0 - ago * day, { op: 'unassign', person: 'jo', client: acme, matter: 'm1', to: t0 - ago * day }),
    ];
    expect(kindAt(ended(2), access('jo'))).toBe('handover');
    expect(kindAt(ended(9), access('jo'))).toBeUndefined();
  });

  test('an end that is recorded late is not known before', () => {
    const facts = [
      assign('jo', t0 - 50 * day, t0 - 50 * day),
      fact(t0 + day, { op: 'unassign', person: 'jo', client: acme, matter: undefined, to: t0 - 20 * day }),
    ];
    expect(kindAt(facts, access('jo'), t0)).toBe('assignment');
    expect(kindAt(facts, access('jo'), t0 + 2 * day)).toBeUndefined();
  });

  test('a role explains within its sources; one that needs a ticket explains nothing by itself', () => {
    expect(kindAt([], access('bill', { source: 'pg1' }))).toBe('role');
    expect(kindAt([], access('bill', { source: 'fs1' }))).toBeUndefined();
    expect(kindAt([], access('ada'))).toBeUndefined();
  });

  test('a service works from its own network; what a source does not record cannot speak against it', () => {
    expect(kindAt([], access('svc-backup', { ip: '10.5.0.112' }))).toBe('service_job');
    expect(kindAt([], access('svc-backup', { ip: '10.20.1.9', host: 'lt7' }))).toBeUndefined();
    expect(kindAt([], access('svc-backup', { host: 'FS3' }))).toBe('service_job');
  });

  test('after the last day nothing explains anything, not even an open assignment', () => {
    const facts = [
      assign('jo', t0 - 50 * day, t0 - 50 * day),
      fact(t0 - 5 * day, { op: 'terminate', person: 'jo', from: t0 - 3 * day }),
    ];
    expect(kindAt(facts, access('jo'))).toBeUndefined();
    expect(kindAt(facts, access('jo', { at: t0 - 4 * day }))).toBe('assignment');
  });
});

test('three questions have three answers, and an assignment written down afterwards is noted', () => {
  const explainer = createExplainer(directory, [assign('jo', t0 - day, t0 + 2 * day)]);
  const account = accountOf(explainer, { ...access('jo'), seenAt: t0 + 60_000 }, t0 + 9 * day);
  expect(account.answers.map(({ question, explained }) => [question, explained])).toEqual([
    ['then', false],
    ['as_known_then', false],
    ['as_known_now', true],
  ]);
  expect(account.notes).toEqual(['the assignment that explains it was recorded 2 days after the access']);
  expect(account.lookedFor).toEqual(['no ticket held at that moment', 'no cover held at that moment']);
});

test('a colleague away is a weak reason: it is said, and explains nothing', () => {
  const facts = [
    assign('lee', t0 - day, t0 - day),
    fact(t0 - day, { op: 'absence', person: 'lee', from: t0 - day, to: t0 + day }),
  ];
  const account = accountOf(createExplainer(directory, facts), { ...access('jo'), seenAt: t0 }, t0);
  expect(account.answers[0]?.explanations.map(({ kind }) => kind)).toEqual(['absence_cover']);
  expect(account.answers[0]?.explained).toBe(false);
});

test('a team that works for the client is a weak reason of its own, from two colleagues on', () => {
  const kinds = (...colleagues: string[]) => {
    const facts = colleagues.map((id) => assign(id, t0 - day, t0 - day));
    const account = accountOf(createExplainer(directory, facts), { ...access('jo'), seenAt: t0 }, t0);
    return {
      kinds: account.answers[0]?.explanations.map(({ kind }) => kind),
      explained: account.answers[0]?.explained,
    };
  };
  expect(kinds('lee')).toEqual({ kinds: [], explained: false });
  expect(kinds('lee', 'bill')).toEqual({ kinds: ['team_habit'], explained: false });
});

test('a service that has hours works in them, over midnight too, and a little longer', () => {
  const backup = [...directory.services.values()][0];
  if (!backup) throw new Error('the directory has no service');
  const bound: Directory = { ...directory, services: new Map([[backup.id, { ...backup, hours: '22:00-05:30' }]]) };
  const at = (hour: number, minute: number) => {
    const asked = access('svc-backup', { ip: '10.5.0.112', at: Date.UTC(2026, 2, 4, hour, minute) });
    return createExplainer(bound, []).explain(asked, asked.at)?.kind;
  };
  expect([at(22, 0), at(3, 0), at(5, 40)]).toEqual(['service_job', 'service_job', 'service_job']);
  expect([at(6, 0), at(12, 0), at(21, 59)]).toEqual([undefined, undefined, undefined]);
});

test('what was looked for and not found is said kind by kind, to the one who is not assigned', () => {
  const account = accountOf(createExplainer(directory, []), { ...access('jo'), seenAt: t0 }, t0);
  expect(account.lookedFor).toEqual([
    'no assignment held at that moment',
    'no ticket held at that moment',
    'no cover held at that moment',
    'no role of the directory, and no job of a service on its own hosts and hours, covers it',
    'nobody assigned there had handed their work over to this person',
    'no assignment was about to begin within 7 days, or had ended within 5',
    'no colleague of the team who is assigned there was away',
    'the team does not work for this client: fewer than 2 of it were assigned there',
  ]);
});

test('the other side of a barrier is noted', () => {
  const explainer = createExplainer(directory, [assign('jo', t0 - day, t0 - day, 'globex')]);
  const account = accountOf(explainer, { ...access('jo'), seenAt: t0 }, t0);
  expect(account.notes[0]).toContain('absolute barrier');
});
