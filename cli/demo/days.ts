/** Six ordinary working days: people at their own clients' papers, billing at everybody's ledger, the backup at night. */
import { fromLocal, localDate } from '../../core/time.ts';
import type { Instant } from '../../core/types.ts';
import type { Act, SourceName } from './act.ts';
import type { Dice } from './dice.ts';
import { type Client, clientNamed, clients, offices, type Person, people } from './firm.ts';
import { actBy, backupAct, fileServerOf } from './hands.ts';
import { papersOf, tables } from './papers.ts';

const minuteMs = 60_000;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const workingDays = 6;
const papersPerBackup = 14;

/** The last `workingDays` dates up to today that are no weekend, oldest first, as that zone counts them. */
export function datesBefore(now: Instant, zone: string): string[] {
  const dates: string[] = [];
  for (let day = 0; dates.length < workingDays; day += 1) {
    const date = localDate(zone, now - day * dayMs);
    const weekday = new Date(`${date}T12:00:00Z`).getUTCDay();
    if (weekday !== 0 && weekday !== 6) dates.unshift(date);
  }
  return dates;
}

/** The instant of a clock time in an office. */
export const clock = (zone: string, date: string, hours: number, minutes = 0): Instant =>
  fromLocal(zone, Date.parse(`${date}T00:00:00Z`) + hours * hourMs + minutes * minuteMs);

export function ordinaryDays(now: Instant, chance: Dice): Act[] {
  const acts: Act[] = [];
  for (const office of offices) {
    for (const date of datesBefore(now, office.zone)) {
      for (const client of clients.filter((one) => one.office === office)) {
        const begin = clock(office.zone, date, 1, chance.between(0, 20));
        for (let n = 0; n < papersPerBackup; n += 1) {
          const paper = papersOf(client)[chance.between(0, papersOf(client).length - 1)] ?? '';
          acts.push(backupAct(office, client, paper, begin + n * 1_500));
        }
      }
      for (const person of people.filter((one) => one.office === office)) {
        if (chance.roll() < person.fte) acts.push(...dayOf(person, date, chance));
      }
    }
  }
  return acts.filter(({ at }) => at < now);
}

function dayOf(person: Person, date: string, chance: Dice): Act[] {
  const { office, role } = person;
  const acts: Act[] = [];
  const own = role === 'billing' ? clients.map(({ id }) => id) : person.clients;
  if (own.length === 0) return acts;
  // A few sittings, each at one client.
  const sittings = chance.between(3, 5);
  for (let sitting = 0; sitting < sittings; sitting += 1) {
    const client = clientNamed(own[chance.between(0, own.length - 1)] ?? '');
    let at = clock(office.zone, date, 8 + (sitting * 9) / sittings, chance.between(20, 70)) + chance.between(0, 59_999);
    const acted = chance.between(4, 9);
    for (let n = 0; n < acted; n += 1) {
      acts.push(one(person, client, at, chance));
      at += chance.between(20, 400) * 1_000;
    }
  }
  return acts;
}

function one(person: Person, client: Client, at: Instant, chance: Dice): Act {
  const dice = chance.roll();
  const ledger = person.role === 'billing' || (person.role === 'analyst' && dice < 0.2);
  if (ledger) return actBy({ person }, 'ledger', 'query', client, chance.pick(tables), at);
  const source: SourceName = dice < 0.45 ? 'm365' : fileServerOf(client);
  // Most work is at a few papers: the square of a die prefers the first.
  const papers = papersOf(client);
  const paper = papers[Math.floor(chance.roll() ** 2 * papers.length)] ?? '';
  const kind = chance.roll();
  const deed = kind < 0.62 ? 'open' : kind < 0.88 ? 'save' : source === 'm365' ? 'download' : 'list';
  return actBy({ person }, source, deed, client, paper, at);
}
