/** The accesses of one open UTC day by actor and client, each once, in whatever order they arrived. */

import { gotOrMade } from '../../core/got-or-made.ts';
import type { JudgedAccess } from '../../core/scene.ts';
import type { Instant } from '../../core/types.ts';
import type { Bygone } from './bygone.ts';
import { actorKey, dayNumber } from './who.ts';

export interface Cell {
  readonly tenant: string;
  readonly accesses: JudgedAccess[];
  sorted: boolean;
}

export type OpenDay = Map<string, Map<string, Cell>>;

interface Arrived {
  /** By source and id. Ids are made at the edge: one source must not be able to pass for what another said. */
  readonly firstOf: Map<string, Map<string, Instant>>;
  readonly accesses: Map<string, number>;
  readonly late: Map<string, number>;
  until: Instant;
}

const newArrived = (): Arrived => ({ firstOf: new Map(), accesses: new Map(), late: new Map(), until: 0 });
const addOne = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);

/** What one client's day was judged from. */
export interface Inputs {
  readonly tenant: string;
  /** Distinct ones. */
  readonly accesses: number;
  /** Actors seen: each is a scene. */
  readonly scenes: number;
  /** Accesses that arrived more than an hour after they happened. */
  readonly late: number;
}

const lateMs = 3_600_000;

export class OpenDays {
  readonly days = new Map<number, OpenDay>();
  /** Actors of a day whose accesses changed since they were last judged. */
  readonly touched = new Map<number, Set<string>>();

  /** By day, what retention removed of it. */
  readonly bygones = new Map<number, Bygone>();

  /** By day, when each access first arrived. */
  private readonly arrived = new Map<number, Arrived>();

  /** `false`: it was there already, arrived no later than this one, and nothing changed. */
  add(access: JudgedAccess): boolean {
    const day = dayNumber(access.at);
    const arrived = gotOrMade(this.arrived, day, newArrived);
    arrived.until = Math.max(arrived.until, access.seenAt);
    const firstOf = gotOrMade(arrived.firstOf, access.source, () => new Map<string, Instant>());
    const before = firstOf.get(access.id);
    if (before !== undefined && before <= access.seenAt) return false;
    firstOf.set(access.id, access.seenAt);
    if (before === undefined) {
      addOne(arrived.accesses, access.tenant);
      if (access.seenAt > access.at + lateMs) addOne(arrived.late, access.tenant);
    }
    this.put(access, day);
    return before === undefined;
  }

  /** Distinct accesses of a day by client, and the last arrival. */
  countOf(day: number): { readonly accesses: ReadonlyMap<string, number>; readonly until: Instant } {
    return this.arrived.get(day) ?? newArrived();
  }

  inputs(day: number): Inputs[] {
    const { accesses, late } = this.arrived.get(day) ?? newArrived();
    const scenes = new Map<string, number>();
    for (const mine of this.days.get(day)?.values() ?? []) for (const tenant of mine.keys()) addOne(scenes, tenant);
    return [...accesses].map(([tenant, n]) => ({
      tenant,
      accesses: n,
      scenes: scenes.get(tenant) ?? 0,
      late: late.get(tenant) ?? 0,
    }));
  }

  private put(access: JudgedAccess, day: number): void {
    const actor = actorKey(access);
    let open = this.days.get(day);
    if (!open) {
      open = new Map();
      this.days.set(day, open);
    }
    let mine = open.get(actor);
    if (!mine) {
      mine = new Map();
      open.set(actor, mine);
    }
    const cell = mine.get(access.tenant);
    if (cell) {
      cell.accesses.push(access);
      cell.sorted = false;
    } else mine.set(access.tenant, { tenant: access.tenant, accesses: [access], sorted: true });
    this.touch(day, actor);
  }

  touch(day: number, actor: string): void {
    let actors = this.touched.get(day);
    if (!actors) {
      actors = new Set();
      this.touched.set(day, actors);
    }
    actors.add(actor);
  }

  /** The actor's cells of that day by tenant, each in order of time; an id that came twice counts once, as it first arrived. */
  cells(day: number, actor: string): Cell[] {
    const cells = [...(this.days.get(day)?.get(actor)?.values() ?? [])];
    for (const cell of cells) if (!cell.sorted) settle(cell);
    return cells.sort((a, b) => (a.tenant < b.tenant ? -1 : 1));
  }

  close(day: number): void {
    this.days.delete(day);
    this.touched.delete(day);
    this.bygones.delete(day);
    this.arrived.delete(day);
  }
}

export const inTime = (a: JudgedAccess, b: JudgedAccess): number =>
  a.at - b.at ||
  (a.id < b.id ? -1 : a.id > b.id ? 1 : a.source < b.source ? -1 : a.source > b.source ? 1 : a.seenAt - b.seenAt);

function settle(cell: Cell): void {
  cell.accesses.sort(inTime);
  let kept = 0;
  for (const access of cell.accesses) {
    const last = cell.accesses[kept - 1];
    if (kept > 0 && last?.id === access.id && last.source === access.source) continue;
    cell.accesses[kept] = access;
    kept += 1;
  }
  cell.accesses.length = kept;
  cell.sorted = true;
}
