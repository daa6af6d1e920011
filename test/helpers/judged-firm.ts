/** A small firm with weeks of ordinary work and some trouble, whose accesses can be landed in any order and pieces. */
import { hash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { PassThrough, Readable } from 'node:stream';
import { type Context, loadContext } from '../../cli/context.ts';
import { dice } from '../../cli/demo/dice.ts';
import { isoOf } from '../../core/time.ts';
import { type AccessId, accessId, actorId, tenantId } from '../../core/types.ts';
import type { Unsealed } from '../../ingest/attribute.ts';
import type { Landed } from '../../ingest/land.ts';
import type { Store } from '../../store/index.ts';
import { Stream } from './stream.ts';
import { landAll, type VaultFirm, vaultFirm } from './vault-firm.ts';

const dayMs = 86_400_000;
export const firstDay = Date.UTC(2026, 0, 5) / dayMs;
export const lastDay = firstDay + 39;
const people = ['p0', 'p1', 'p2', 'p3', 'p4', 'p5'];
export const clients = ['acme', 'globex', 'initech'] as const;

export type Done = Pick<Unsealed, 'id' | 'actor' | 'at' | 'seen_at' | 'object' | 'action'> & {
  readonly client: string;
};

const idOf = (text: string): AccessId => accessId(hash('sha256', text, 'hex').slice(0, 32));
const clientOf = (person: string) => clients[people.indexOf(person) % clients.length] ?? '';

export const instant = (day: number, hour: number): number => day * dayMs + Math.round(hour * 3_600_000);

export function done(person: string, client: string, at: number, name: string, more: Partial<Done> = {}): Done {
  return {
    id: idOf(`${person} ${client} ${at} ${name}`),
    actor: actorId(person),
    client,
    at: isoOf(at),
    seen_at: isoOf(at + 2_000),
    object: `/${client}/${name}`,
    action: 'read',
    ...more,
  };
}

/** Six weeks of work, some of which arrives a day late; four days with trouble. */
export function life(): Done[] {
  const random = dice(11).roll;
  const all: Done[] = [];
  for (let day = firstDay; day <= lastDay; day += 1) {
    if ([0, 6].includes(new Date(day * dayMs).getUTCDay())) continue;
    for (const person of people) {
      for (let i = 0; i < 6 + Math.floor(random() * 8); i += 1) {
        const at = instant(day, 8 + 9 * random());
        const late = random() < 0.05 ? 14 * 3_600_000 : 2_000;
        all.push(done(person, clientOf(person), at, `o${Math.floor(random() * 60)}`, { seen_at: isoOf(at + late) }));
      }
    }
  }
  const trouble = (person: string, client: string, day: number, n: number) => {
    for (let i = 0; i < n; i += 1) all.push(done(person, client, instant(day, 11) + i * 20_000, `x${day}-${i}`));
  };
  trouble('p0', 'globex', lastDay - 15, 30);
  trouble('p1', 'initech', lastDay - 8, 25);
  trouble('p0', 'initech', lastDay - 1, 12);
  trouble('p3', 'globex', lastDay, 40);
  return all;
}

export interface JudgedFirm extends Disposable {
  readonly place: VaultFirm;
  readonly context: Context;
  /** Facts, one JSON object a line, replace those there are. */
  facts(lines: readonly object[]): void;
}

export const assignments: readonly object[] = people.map((person) => ({
  recorded_at: '2025-01-01T00:00:00Z',
  op: 'assign',
  person,
  client: clientOf(person),
  from: '2025-01-01T00:00:00Z',
}));

/** `told`: what the log was told. */
export function judgedFirm(told: (about: Readonly<Record<string, unknown>>) => void = () => undefined): JudgedFirm {
  const place = vaultFirm(Object.fromEntries(clients.map((id) => [id, ''])), 'facts: ./facts.jsonl\n');
  const listed = people.map(
    (id, i) => `  - { id: ${id}, name: N${id}, kind: employee, role: associate, team: T${i % 2} }\n`,
  );
  const named = clients.map((id, i) => `  - { id: ${id}, name: N${id}, alias: C-${id}, team: T${i % 2} }\n`);
  writeFileSync(
    place.file('directory.yaml'),
    `firm: { name: F, time_zone: UTC, domains: [f.example] }\nclients:\n${named.join('')}people:\n${listed.join('')}`,
  );
  const facts = (lines: readonly object[]) =>
    writeFileSync(place.file('facts.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  facts(assignments);
  const context = loadContext(
    { config: place.file('cordon.yaml') },
    {
      out: new PassThrough(),
      err: new PassThrough(),
      in: Readable.from([]),
      env: {},
      cwd: place.path,
      signal: AbortSignal.timeout(300_000),
      isTTY: false,
    },
  );
  const log = { ...context.log, info: (about: object) => told(about as Record<string, unknown>) } as Context['log'];
  return { place, context: { ...context, log }, facts, [Symbol.dispose]: () => place[Symbol.dispose]() };
}

/** Lands accesses a client at a time, in merges as two landers would, and says what a lander would. */
export class Landing {
  readonly #streams = new Map<string, Stream>();
  readonly #store: Store;
  #merges = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  async land(accesses: readonly Done[]): Promise<Landed[]> {
    const landed: Landed[] = [];
    for (const client of clients) {
      const own = accesses.filter((one) => one.client === client);
      if (own.length === 0) continue;
      const stream = this.#streams.get(client) ?? new Stream('fs1', client);
      this.#streams.set(client, stream);
      const batch = stream.next(
        own.map(({ client: tenant, ...one }) => stream.access({ ...one, tenant: tenantId(tenant) })),
      );
      this.#merges += 1;
      const claim = { lane: `${this.#merges % 2}`, number: this.#merges, lander: `lander-${this.#merges % 2}` };
      await landAll(this.#store, [batch], AbortSignal.timeout(60_000), claim);
      const { seq, from, until, count, tenant, collector } = batch.header;
      landed.push({ tenant, collector, seq, rows: count, from, until });
    }
    return landed;
  }
}
