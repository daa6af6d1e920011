/** The demo's fact log: who was hired, assigned, away, covered, leaving; and when that was written down. */
import { isoOf, localDate } from '../../core/time.ts';
import type { Instant } from '../../core/types.ts';
import { bristol, people } from './firm.ts';
import type { Moments } from './trouble.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

export function factLines(now: Instant, moments: Moments): string[] {
  const facts: { recorded_at: string; op: string; [key: string]: string }[] = [];
  const fact = (recordedAt: Instant, op: string, more: Record<string, string>) =>
    facts.push({ recorded_at: isoOf(recordedAt), op, ...more });
  const date = (at: Instant) => localDate(bristol.zone, at);

  people.forEach(({ id, clients }, index) => {
    const hired = now - (400 + 37 * index) * dayMs;
    fact(hired - 10 * dayMs, 'hire', { person: id, from: date(hired) });
    clients.forEach((client, n) => {
      const from = now - (300 - 11 * index - 20 * n) * dayMs;
      fact(from - 2 * dayMs, 'assign', { person: id, client, matter: `M-${2_000 + 10 * index + n}`, from: date(from) });
    });
  });

  // Imogen Vale left one client three weeks ago, and then gave notice.
  const leaver = 'imogen.vale';
  const former = { person: leaver, client: 'pallas_robotics', matter: 'M-1904' };
  fact(now - 210 * dayMs, 'assign', { ...former, from: date(now - 208 * dayMs) });
  fact(now - 22 * dayMs, 'unassign', { ...former, to: date(now - 21 * dayMs) });
  fact(now - 5 * dayMs, 'notice', { person: leaver, from: date(now - 5 * dayMs), to: date(now + 12 * dayMs) });

  const away = awayOf(moments);
  fact(away.from - 3 * dayMs, 'absence', { person: away.person, from: isoOf(away.from), to: isoOf(away.to) });
  fact(away.from - 2 * dayMs, 'cover', {
    person: 'callum.reyes',
    for: away.person,
    from: isoOf(away.from),
    to: isoOf(away.to),
  });
  fact(moments.ticket - hourMs, 'ticket', {
    id: 'INC-20417',
    person: 'gareth.moss',
    client: 'kestrel_pharma',
    reason: 'broken permissions on 02 Workings after the move',
    from: isoOf(moments.ticket - hourMs),
    to: isoOf(moments.ticket + 7 * hourMs),
  });
  return facts.map((one) => JSON.stringify(one));
}

/** The assignment that comes too late, and says that it began ten days before: recorded then, it explains nothing then. */
export function lateFact(recordedAt: Instant): string {
  return JSON.stringify({
    recorded_at: isoOf(recordedAt),
    op: 'assign',
    person: laundered.person,
    client: laundered.client,
    matter: 'M-2391',
    from: localDate(bristol.zone, recordedAt - 10 * dayMs),
  });
}

export const laundered = { person: 'pieter.osborn', client: 'northgate_clinics' } as const;

/** Yusra Demir's day off. */
export const awayOf = ({ cover }: Moments) => ({
  person: 'yusra.demir',
  from: Math.floor((cover - 9 * hourMs) / hourMs) * hourMs,
  to: Math.floor((cover + 14 * hourMs) / hourMs) * hourMs,
});
