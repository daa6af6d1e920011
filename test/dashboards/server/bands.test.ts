import { expect, test } from '@jest/globals';
import type { Directory } from '../../../core/directory/directory.ts';
import { createExplainer } from '../../../core/explain.ts';
import type { Fact } from '../../../core/facts.ts';
import { actorId, tenantId } from '../../../core/types.ts';
import { bandsOf } from '../../../dashboards/server/bands.ts';
import { namesOf } from '../../../dashboards/server/names.ts';

const at = (text: string) => Date.parse(text);
const acme = tenantId('acme');
const [ana, ben] = [actorId('p1'), actorId('p2')];
const person = (id: string, name: string, role = 'associate') =>
  ({
    id: actorId(id),
    name,
    kind: 'employee',
    role,
    team: undefined,
    office: undefined,
    fte: 1,
    manager: undefined,
    accounts: new Map(),
  }) as const;
const directory: Directory = {
  firm: { name: 'F', time_zone: 'UTC', domains: [], retention: {} },
  offices: new Map(),
  clients: new Map(),
  people: new Map(
    [person('p1', 'Ana Chan'), person('p2', 'Ben Odell'), person('p3', 'Cy', 'billing')].map((p) => [p.id, p]),
  ),
  services: new Map([
    [actorId('svc'), { id: actorId('svc'), name: 'svc', job: 'backup', hosts: [], networks: [], accounts: new Map() }],
  ]),
  roles: [
    { role: 'billing', clients: 'all', sources: undefined, basis: undefined, needs: undefined },
    { role: 'associate', clients: 'all', sources: undefined, basis: undefined, needs: 'ticket' },
  ],
  barriers: [],
};
const march = { from: at('2026-03-01T00:00:00Z'), until: at('2026-04-01T00:00:00Z') };
const assign = (over: Partial<Extract<Fact, { op: 'assign' }>> = {}): Fact => ({
  op: 'assign',
  id: 'f1',
  person: ana,
  client: acme,
  matter: undefined,
  from: at('2026-03-02T00:00:00Z'),
  to: undefined,
  recordedAt: at('2026-03-01T00:00:00Z'),
  ...over,
});

function bands(facts: readonly Fact[], actor = ana, now = march.until) {
  const explainer = createExplainer(directory, facts);
  return bandsOf(acme, { ...march, actor }, { directory, explainer, names: namesOf(directory), now });
}

test('an assignment without an end is a band without an end', () => {
  expect(bands([assign()])).toEqual([
    {
      row: 'p1',
      kind: 'assignment',
      label: 'assignment',
      from: '2026-03-02T00:00:00.000Z',
      until: undefined,
      recorded_at: '2026-03-01T00:00:00.000Z',
      late: false,
    },
  ]);
});

test('an unassign ends it, once it is known', () => {
  const end: Fact = {
    op: 'unassign',
    id: 'f2',
    person: ana,
    client: acme,
    matter: undefined,
    to: at('2026-03-10T00:00:00Z'),
    recordedAt: at('2026-03-20T00:00:00Z'),
  };
  expect(bands([assign(), end])[0]?.until).toBe('2026-03-10T00:00:00.000Z');
  expect(bands([assign(), end], ana, at('2026-03-15T00:00:00Z'))[0]?.until).toBeUndefined();
});

test('what was recorded after it began is marked late', () => {
  expect(bands([assign({ recordedAt: at('2026-03-05T00:00:00Z') })])[0]?.late).toBe(true);
});

test('what lies outside the span is not drawn', () => {
  expect(
    bands([assign({ from: at('2026-04-02T00:00:00Z') }), assign({ to: at('2026-02-01T00:00:00Z'), from: 0 })]),
  ).toEqual([]);
});

test('standing in for somebody counts while that somebody was assigned', () => {
  const cover: Fact = {
    op: 'cover',
    id: 'f3',
    person: ben,
    for: ana,
    client: undefined,
    from: at('2026-03-01T00:00:00Z'),
    to: at('2026-03-08T00:00:00Z'),
    recordedAt: 0,
  };
  expect(bands([assign(), cover], ben)).toMatchObject([
    {
      kind: 'delegation',
      label: 'stands in for Ana Chan',
      from: '2026-03-02T00:00:00.000Z',
      until: '2026-03-08T00:00:00.000Z',
    },
  ]);
});

test('a job and a role without condition span all; a role that needs a ticket spans nothing', () => {
  expect(bands([], actorId('svc'))).toMatchObject([{ kind: 'service_job', label: 'job: backup' }]);
  expect(bands([], actorId('p3'))).toMatchObject([{ kind: 'role', label: 'role: billing' }]);
  expect(bands([], ben)).toEqual([]);
});
