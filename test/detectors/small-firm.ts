/** A firm of three people and three clients, each person with a client of their own, and what the judge says of their days. */
import type { Candidate } from '../../core/alert.ts';
import type { Client, Directory } from '../../core/directory/directory.ts';
import { createExplainer } from '../../core/explain.ts';
import type { Fact } from '../../core/facts.ts';
import type { JudgedAccess } from '../../core/scene.ts';
import { actorId, tenantId } from '../../core/types.ts';
import { createJudge } from '../../detectors/judge.ts';

export const dayMs = 86_400_000;
/** A Monday. */
export const firstDay = Date.UTC(2026, 0, 5) / dayMs;
const tenants = ['acme', 'globex', 'initech'];
const people = ['p0', 'p1', 'p2'];

export interface Made {
  readonly tenants: readonly string[];
  readonly people: readonly string[];
  /** Of the nth client, and of the nth person. */
  readonly teamOf: (n: number) => string;
}

export const madeDirectory = ({ tenants, people, teamOf }: Made, more: Partial<Client> = {}): Directory => ({
  firm: { name: 'Firm', time_zone: 'UTC', domains: ['firm.example'], retention: {} },
  offices: new Map(),
  clients: new Map(
    tenants.map((id, i) => [
      tenantId(id),
      {
        id: tenantId(id),
        name: `${id} holdings`,
        alias: id,
        team: teamOf(i),
        sensitivity: 'normal',
        contacts: [],
        retention: {},
        region: undefined,
        resources: [],
        canaries: [],
        ...more,
      },
    ]),
  ),
  people: new Map(
    people.map((id, i) => [
      actorId(id),
      {
        id: actorId(id),
        name: id,
        kind: 'employee',
        role: 'associate',
        team: teamOf(i),
        office: undefined,
        fte: 1,
        manager: undefined,
        accounts: new Map(),
      },
    ]),
  ),
  services: new Map(),
  roles: [],
  barriers: [],
});

/** Each person has one client, by turns. */
export const clientOfEach =
  ({ tenants, people }: Made) =>
  (person: string): string =>
    tenants[people.indexOf(person) % tenants.length] ?? '';

/** From long before. */
export const assignedEach = (made: Made): Fact[] =>
  made.people.map((person, i) => ({
    id: `f${i}`,
    op: 'assign',
    recordedAt: 0,
    person: actorId(person),
    client: tenantId(clientOfEach(made)(person)),
    matter: undefined,
    from: 0,
    to: undefined,
  }));

const made: Made = { tenants, people, teamOf: () => 'T1' };
const clientOf = clientOfEach(made);
export const directoryOf = (more: Partial<Client> = {}): Directory => madeDirectory(made, more);
export const assigned = assignedEach(made);

let minted = 0;
export function access(actor: string, tenant: string, at: number, more: Partial<JudgedAccess> = {}): JudgedAccess {
  minted += 1;
  return {
    id: minted.toString(16).padStart(32, '0'),
    at,
    seenAt: at + 2_000,
    tenant,
    source: 'fs1',
    class: 'file',
    action: 'read',
    outcome: 'success',
    actor,
    actor_kind: 'person',
    object: `/${tenant}/o${minted % 40}`,
    ip: '10.0.0.7',
    count: 1,
    ...more,
  };
}

export const hour = (day: number, h: number): number => day * dayMs + h * 3_600_000;

/** Every workday each person opens fifteen objects of their client in each hour from 8 to 18. */
export function workdays(days: number): JudgedAccess[] {
  const all: JudgedAccess[] = [];
  for (let day = firstDay; day < firstDay + days; day += 1) {
    if ([0, 6].includes(new Date(day * dayMs).getUTCDay())) continue;
    for (const person of people) {
      for (let i = 0; i < 150; i += 1) all.push(access(person, clientOf(person), hour(day, 8) + i * 4 * 60_000 + i));
    }
  }
  return all;
}

export function daysOf(accesses: readonly JudgedAccess[]): Map<number, JudgedAccess[]> {
  const byDay = new Map<number, JudgedAccess[]>();
  for (const one of accesses) {
    const day = Math.floor(one.at / dayMs);
    byDay.set(day, [...(byDay.get(day) ?? []), one]);
  }
  return byDay;
}

export function judged(accesses: readonly JudgedAccess[], directory = directoryOf(), facts = assigned): Candidate[] {
  const judge = createJudge({ directory, explainer: createExplainer(directory, facts) });
  const byDay = daysOf(accesses);
  const found = new Map<string, Candidate>();
  for (const day of [...byDay.keys()].sort((a, b) => a - b)) {
    judge.take(byDay.get(day) ?? []);
    judge.close(day - 1);
    const said = judge.judge();
    for (const id of said.withdrawn) found.delete(id);
    for (const candidate of said.candidates) found.set(candidate.id, candidate);
  }
  return [...found.values()];
}

export const candidateOf = (candidates: readonly Candidate[], actor: string, day: number): Candidate | undefined =>
  candidates.find((c) => c.actor === actor && c.day === new Date(day * dayMs).toISOString().slice(0, 10));
