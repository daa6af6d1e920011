/** A made firm for benches: staff with a few clients each, ordinary days, and now and then somebody where nobody assigned them. Seeded. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dice } from '../cli/demo/dice.ts';

export const dayMs = 86_400_000;
const clientsOfEach = 5;
const workdayBegins = 8;
const workdayHours = 9;
const strayShare = 0.03;
const roles = ['associate', 'analyst', 'manager', 'secretary'] as const;

export interface Act {
  readonly at: number;
  readonly person: number;
  readonly client: number;
  readonly writes: boolean;
  readonly path: string;
}

export class SyntheticFirm {
  readonly staff: number;
  readonly clients: number;
  readonly #random: () => number;

  constructor({ staff, clients, seed }: { staff: number; clients: number; seed: number }) {
    this.staff = staff;
    this.clients = clients;
    this.#random = dice(seed).roll;
  }

  /** Configuration, directory and facts in a folder; one Samba source that tails `audit.log` there. */
  write(folder: string): string {
    mkdirSync(folder, { recursive: true });
    const directory = {
      firm: { name: 'Bench', time_zone: 'UTC', domains: ['bench.example'] },
      clients: Array.from({ length: this.clients }, (_, i) => ({
        id: `c${i}`,
        name: `client number ${i}`,
        team: `T${i % 40}`,
        resources: [{ source: 'fs1', path: `/srv/clients/c${i}/**` }],
      })),
      people: Array.from({ length: this.staff }, (_, i) => ({
        id: `p${i}`,
        name: `Person ${i}`,
        role: roles[i % roles.length],
        team: `T${i % 40}`,
        accounts: { fs1: `user${i}` },
      })),
    };
    const facts = Array.from({ length: this.staff }, (_, person) =>
      this.#own(person).map((client) => ({
        recorded_at: '2020-01-01T00:00:00Z',
        op: 'assign',
        person: `p${person}`,
        client: `c${client}`,
        from: '2020-01-01T00:00:00Z',
      })),
    ).flat();
    const config = {
      data: './data',
      directory: './directory.json',
      facts: './facts.jsonl',
      sources: { fs1: { collector: 'samba', tail: join(folder, 'audit.log') } },
      log_level: 'warn',
    };
    writeFileSync(join(folder, 'directory.json'), JSON.stringify(directory));
    writeFileSync(join(folder, 'facts.jsonl'), facts.map((fact) => `${JSON.stringify(fact)}\n`).join(''));
    writeFileSync(join(folder, 'audit.log'), '');
    writeFileSync(join(folder, 'cordon.yaml'), JSON.stringify(config));
    return join(folder, 'cordon.yaml');
  }

  #own(person: number): number[] {
    return Array.from({ length: clientsOfEach }, (_, j) => (person * 7 + j * 41) % this.clients);
  }

  /** One person's day of about so many acts, and sometimes three more at a client that is not theirs. */
  *day(person: number, day: number, acts: number): Generator<Act> {
    const random = this.#random;
    const own = this.#own(person);
    const n = Math.max(0, Math.round(acts * (0.5 + random())));
    for (let i = 0; i < n; i += 1) {
      const client = own[Math.floor(random() * random() * clientsOfEach)] ?? 0;
      const hour = workdayBegins + workdayHours * random();
      yield this.act(person, client, day * dayMs + Math.floor(hour * 3_600_000));
    }
    if (random() >= strayShare) return;
    const client = Math.floor(random() * this.clients);
    for (let i = 0; i < 3; i += 1) yield this.act(person, client, day * dayMs + dayMs / 2 + i * 1_000);
  }

  /** Somebody at one of their own clients, now. */
  any(at: number): Act {
    const person = Math.floor(this.#random() * this.staff);
    return this.act(person, this.#own(person)[Math.floor(this.#random() * clientsOfEach)] ?? 0, at);
  }

  /** A client the person is not assigned to. */
  foreign(person: number): number {
    const own = new Set(this.#own(person));
    for (let client = person % this.clients; ; client = (client + 1) % this.clients)
      if (!own.has(client)) return client;
  }

  act(person: number, client: number, at: number): Act {
    const name = Math.floor(this.#random() * 400);
    const path = `/srv/clients/c${client}/matter/folder/file ${name}.docx`;
    return { at, person, client, writes: this.#random() < 0.2, path };
  }
}
