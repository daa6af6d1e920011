/** What counts, places and hours of closed days taught about each actor over all clients. No object's name is in it. */

import { gotOrMade } from '../../core/got-or-made.ts';
import type { Chance, Counts, FirmBaseline, Level, Place, UnexplainedDay, Usual } from '../../core/scene.ts';
import { Recent } from '../baseline/recent.ts';
import { Crowds } from './crowds.ts';
import { createRates, type Rates, type Share } from './rates.ts';

/** Per day: what is 30 days old counts half. */
const forget = 0.5 ** (1 / 30);
const unexplainedPrior = 0.03;
const recentDays = 21;
/** What people do of these on a day leans on what their role and the firm do. */
const taking = ['download', 'copy', 'print', 'export'];

interface Past {
  days: number;
  readonly objects: Recent;
  readonly taken: Recent;
  readonly rows: Recent;
  readonly clients: Recent;
  /** Weight of days active in each local hour: workdays 0–23, days off 24–47. */
  readonly hours: Float64Array;
  workdays: number;
  offdays: number;
  readonly countries: Map<string, number>;
  /** Days on which it did such a thing. */
  readonly acts: Map<string, number>;
  lastDay: number | undefined;
  places: readonly Place[];
  /** Of the last weeks: the days that taught, as the count of closed days had it then. */
  lately: { readonly at: number; readonly day: number; readonly hit: boolean }[];
  recent: (Omit<UnexplainedDay, 'daysAgo'> & { day: number })[];
}

/** What one closed day of one actor leaves behind. */
export interface ActorDay {
  readonly day: number;
  readonly actor: string;
  readonly role: string;
  readonly keptOut: boolean;
  /** It reached an alert's score. */
  readonly raised: boolean;
  readonly total: Counts;
  readonly unexplained: readonly {
    readonly tenant: string;
    readonly objects: number;
    readonly far: boolean;
    readonly restricted: boolean;
    /** An assignment to it had ended. */
    readonly ended: boolean;
    /** Some ids. */
    readonly accesses: readonly string[];
  }[];
  readonly hours: readonly { readonly hour: number; readonly dayOff: boolean }[];
  readonly countries: readonly string[];
  readonly clients: number;
  /** The last few, without accesses. */
  readonly places: readonly Place[];
  readonly sharedOutside: boolean;
  readonly granted: boolean;
  readonly newCountry: boolean;
  /** Kinds of things done, as in a scene's `acts`. */
  readonly acts: readonly string[];
}

const objectsPrior = { median: 20, sigma: 0.9, level: 'prior' } as const;
const clientsPrior = { median: 1, sigma: 0.6, level: 'prior' } as const;
const takenPrior = { median: 1, sigma: 1.2, level: 'prior' } as const;

const rowsPrior = { median: 100, sigma: 2, level: 'prior' } as const;
const nobody = new Recent();

export interface FirmPast {
  baseline(actor: string, role: string, day: number): Omit<FirmBaseline, 'travels'>;
  unexplainedDay(actor: string, role: string): Chance;
  outsideDay(actor: string, role: string): Chance;
  grantDay(actor: string, role: string): Chance;
  /** Rows of the largest statement of a day, in any client. */
  rows(actor: string): Usual;
  daysOf(actor: string): number;
  /** Where the actor was last, if that was the day before. */
  places(actor: string, day: number): readonly Place[];
  recent(actor: string, day: number): readonly UnexplainedDay[];
  /** Actors of closed days unexplained at this client within the window before `day`, and how many are usual. */
  crowd(tenant: string, day: number): { readonly actors: readonly string[]; readonly usual: number };
  learn(days: readonly ActorDay[]): void;
  /** Of a day that was kept out: now it teaches what is usual. */
  release(day: ActorDay): void;
  forget(): void;
}

export function createFirmPast(): FirmPast {
  const actors = new Map<string, Past>();
  const rates = createRates(unexplainedPrior);
  const far = createRates(0.4);
  const restricted = createRates(0.1);
  const countries = createRates(0.01);
  const outside = createRates(0.02);
  const grants = createRates(0.01);
  const ended = createRates(0.1);
  const acts = new Map<string, Rates>(taking.map((action) => [action, createRates(0.02)]));
  const crowds = new Crowds();
  /** Days closed so far. */
  let closed = 0;

  const shares = { rates, far, restricted, ended, countries, outside, grants };

  return {
    baseline(actor, role, day) {
      const past = actors.get(actor) ?? fresh();
      return {
        actorDays: past.days,
        unexplainedDay: rates.chance(actor, role, latelyTaught(past, day, closed)),
        objects: past.objects.usual(objectsPrior),
        taken: past.taken.usual(takenPrior),
        clients: past.clients.usual(clientsPrior),
        idleDays: past.lastDay === undefined ? undefined : day - past.lastDay,
        farShare: far.chance(actor, role),
        restrictedShare: restricted.chance(actor, role),
        endedShare: ended.chance(actor, role),
        actDay: (action) => acts.get(action)?.chance(actor, role) ?? ownShare(past, action),
        hourShare: (hour, dayOff) => hourShare(past, hour, dayOff),
        daysIn: (country) => past.countries.get(country) ?? 0,
        newCountry: countries.chance(actor, role),
      };
    },
    unexplainedDay: (actor, role) => rates.chance(actor, role),
    outsideDay: (actor, role) => outside.chance(actor, role),
    grantDay: (actor, role) => grants.chance(actor, role),
    rows: (actor) => (actors.get(actor)?.rows ?? nobody).usual(rowsPrior),
    places(actor, day) {
      const past = actors.get(actor);
      return past?.lastDay === day - 1 ? past.places : [];
    },
    daysOf: (actor) => actors.get(actor)?.days ?? 0,
    recent: (actor, day) =>
      (actors.get(actor)?.recent ?? [])
        .filter((r) => r.day > day - recentDays)
        .map(({ day: then, ...rest }) => ({ ...rest, daysAgo: day - then })),
    crowd: (tenant, day) => crowds.at(tenant, day),
    learn(days) {
      for (const d of days) {
        const past = gotOrMade(actors, d.actor, fresh);
        if (d.unexplained.length > 0) noteUnexplained(past, d);
        for (const u of d.unexplained) crowds.note(u.tenant, d.actor, d.day);
        past.lastDay = d.day;
        past.places = d.places;
        // What raised an alert teaches nothing until somebody says that it was fine.
        if (d.keptOut) continue;
        learnUsual(past, d, shares, crowds, acts);
        past.lately = past.lately.filter(({ day }) => day > d.day - recentDays);
        past.lately.push({ at: closed, day: d.day, hit: d.unexplained.length > 0 });
      }
    },
    release: (day) => learnUsual(gotOrMade(actors, day.actor, fresh), day, shares, crowds, acts),
    forget() {
      closed += 1;
      for (const known of [...Object.values(shares), ...acts.values()]) known.decay(forget);
      crowds.forget(forget);
    },
  };
}

/** Of a service: what another does says nothing of what this one does. */
const ownShare = ({ days, acts }: Past, action: string): Chance => ({
  p: ((acts.get(action) ?? 0) + 0.5) / (days + 1),
  n: days,
  level: levelOf(days),
});

/** What the last weeks of this actor weigh in their own share by now: whoever goes slowly must not teach that it is usual. */
function latelyTaught({ lately }: Past, day: number, closed: number): Share {
  const less = { hits: 0, days: 0 };
  for (const one of lately) {
    if (one.day <= day - recentDays) continue;
    const weight = forget ** (closed - one.at);
    less.days += weight;
    if (one.hit) less.hits += weight;
  }
  return less;
}

const levelOf = (n: number): Level => (n >= 20 ? 'person' : 'prior');

function fresh(): Past {
  return {
    days: 0,
    objects: new Recent(),
    taken: new Recent(),
    rows: new Recent(),
    clients: new Recent(),
    lastDay: undefined,
    places: [],
    hours: new Float64Array(48),
    workdays: 0,
    offdays: 0,
    countries: new Map(),
    acts: new Map(),
    lately: [],
    recent: [],
  };
}

type Shares = Readonly<Record<'rates' | 'far' | 'restricted' | 'ended' | 'countries' | 'outside' | 'grants', Rates>>;

/** What is usual; an alert's day is none until somebody says that it was fine. */
function learnUsual(past: Past, d: ActorDay, shares: Shares, crowds: Crowds, acts: ReadonlyMap<string, Rates>): void {
  learnDay(past, d);
  for (const [action, known] of acts) known.add(d.actor, d.role, d.acts.includes(action));
  shares.rates.add(d.actor, d.role, d.unexplained.length > 0);
  shares.countries.add(d.actor, d.role, d.newCountry);
  shares.outside.add(d.actor, d.role, d.sharedOutside);
  shares.grants.add(d.actor, d.role, d.granted);
  for (const u of d.unexplained) {
    shares.far.add(d.actor, d.role, u.far);
    shares.restricted.add(d.actor, d.role, u.restricted);
    shares.ended.add(d.actor, d.role, u.ended);
    crowds.learn(u.tenant);
  }
}

function learnDay(past: Past, d: ActorDay): void {
  past.days += 1;
  past.objects.add(d.day, d.total.objects);
  past.taken.add(d.day, d.total.taken);
  past.clients.add(d.day, d.clients);
  if (d.total.rowsMax > 0) past.rows.add(d.day, d.total.rowsMax);
  for (let i = 0; i < 48; i += 1) past.hours[i] = (past.hours[i] ?? 0) * 0.985;
  past.workdays *= 0.985;
  past.offdays *= 0.985;
  if (d.hours.some(({ dayOff }) => !dayOff)) past.workdays += 1;
  if (d.hours.some(({ dayOff }) => dayOff)) past.offdays += 1;
  for (const { hour, dayOff } of d.hours) {
    const at = hour + (dayOff ? 24 : 0);
    past.hours[at] = (past.hours[at] ?? 0) + 1;
  }
  for (const action of d.acts) past.acts.set(action, (past.acts.get(action) ?? 0) + 1);
  for (const country of d.countries) past.countries.set(country, (past.countries.get(country) ?? 0) + 1);
}

function noteUnexplained(past: Past, d: ActorDay): void {
  const objects = d.unexplained.reduce((sum, u) => sum + u.objects, 0);
  past.recent = past.recent.filter((r) => r.day > d.day - 60);
  const accesses = d.unexplained.flatMap((u) => u.accesses);
  const tenants = d.unexplained.map(({ tenant }) => tenant);
  past.recent.push({ day: d.day, tenants, objects, raised: d.raised, accesses });
}

/** Neighbouring hours lend a little, so that ten minutes past a usual end are not news. */
function hourShare(past: Past, hour: number, dayOff: boolean): Chance {
  const base = dayOff ? 24 : 0;
  const at = (h: number) => past.hours[base + ((h + 24) % 24)] ?? 0;
  const own = Math.max(at(hour), 0.5 * at(hour - 1), 0.5 * at(hour + 1));
  const days = past.workdays + past.offdays;
  // A waking hour of a workday is one in three before anything is known of this person.
  const prior = dayOff ? 0.03 : hour >= 7 && hour < 20 ? 0.35 : 0.04;
  return { p: Math.min(1, (own + 3 * prior) / (days + 3)), n: past.days, level: levelOf(past.days) };
}
