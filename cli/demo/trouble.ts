/**
 * What is wrong in the demo, and what only looks wrong. All of it lies in the last day and a half before `now`, and the
 * facts in facts.ts belong to it.
 */
import { localDate } from '../../core/time.ts';
import type { Instant } from '../../core/types.ts';
import type { Act, Line } from './act.ts';
import { clock, datesBefore } from './days.ts';
import type { Dice } from './dice.ts';
import { boston, bristol, clientNamed, personNamed } from './firm.ts';
import { actBy, fileServerOf } from './hands.ts';
import { papersOf } from './papers.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** When the trouble happened. */
export interface Moments {
  /** Tomas Reiner, at night in Bristol. */
  readonly night: Instant;
  /** Imogen Vale, in the evening in Boston. */
  readonly evening: Instant;
  /** Pieter Osborn, by day. */
  readonly early: Instant;
  /** Gareth Moss, with a ticket; Callum Reyes, standing in for Yusra Demir. */
  readonly ticket: Instant;
  readonly cover: Instant;
}

export function momentsBefore(now: Instant): Moments {
  const night = lastBefore(now - hourMs, bristol.zone, 2, 11);
  const evening = lastBefore(now - hourMs, boston.zone, 20, 40);
  const workday = (zone: string, hours: number, minutes: number) => {
    const times = datesBefore(now, zone).map((date) => clock(zone, date, hours, minutes));
    return times.filter((at) => at + 8 * hourMs < now).at(-1) ?? now - dayMs;
  };
  return {
    night,
    evening,
    early: workday(boston.zone, 11, 5),
    ticket: workday(bristol.zone, 10, 15),
    cover: workday(bristol.zone, 9, 30),
  };
}

/** The last time before `now` that clocks in `zone` showed this. */
function lastBefore(now: Instant, zone: string, hours: number, minutes: number): Instant {
  const today = clock(zone, localDate(zone, now), hours, minutes);
  return today < now ? today : clock(zone, localDate(zone, now - dayMs), hours, minutes);
}

export function trouble(moments: Moments, chance: Dice): Act[] {
  return [
    ...nightReader(moments, chance),
    ...leaver(moments, chance),
    ...early(moments, chance),
    ...explained(moments),
  ];
}

/** Forty-six documents of a restricted client he has nothing to do with, through the VPN, folder by folder. */
function nightReader({ night }: Moments, chance: Dice): Act[] {
  const client = clientNamed('kestrel_pharma');
  const hand = { person: personNamed('tomas.reiner'), remote: true };
  const source = fileServerOf(client);
  let at = night;
  let drawer = '';
  const acts: Act[] = [];
  for (const paper of [...papersOf(client)].sort().slice(0, 46)) {
    const here = paper.slice(0, paper.indexOf('/'));
    if (here !== drawer) acts.push(actBy(hand, source, 'list', client, '', at));
    drawer = here;
    at += chance.between(15, 45) * 1_000;
    acts.push(actBy(hand, source, 'open', client, paper, at));
  }
  return acts;
}

/** She has given notice. Downloads from her own client, far more than ever; and from one she left three weeks ago. */
function leaver({ evening }: Moments, chance: Dice): Act[] {
  const hand = { person: personNamed('imogen.vale'), remote: true };
  const own = clientNamed('copperfield_energy');
  const former = clientNamed('pallas_robotics');
  let at = evening;
  const acts: Act[] = [];
  for (const [client, count] of [
    [own, 58],
    [former, 22],
  ] as const) {
    for (const paper of papersOf(client).slice(0, count)) {
      at += chance.between(4, 14) * 1_000;
      acts.push(actBy(hand, 'm365', 'download', client, paper, at));
    }
  }
  return acts;
}

/** Eighteen documents in the morning; that he works for the client somebody writes down only when all is over (`lateFact`). */
function early(moments: Moments, chance: Dice): Act[] {
  const client = clientNamed('northgate_clinics');
  const person = personNamed('pieter.osborn');
  return papersOf(client)
    .slice(20, 38)
    .map((paper, n) =>
      actBy(
        { person },
        fileServerOf(client),
        'open',
        client,
        paper,
        moments.early + n * chance.between(60, 70) * 1_000,
      ),
    );
}

/** These have a fact behind them and must not be told: a ticket and a cover. */
function explained({ ticket, cover }: Moments): Act[] {
  const restricted = clientNamed('kestrel_pharma');
  const admin = { person: personNamed('gareth.moss') };
  const callum = { person: personNamed('callum.reyes') };
  const repair = papersOf(restricted)
    .slice(0, 6)
    .map((paper, n) => actBy(admin, fileServerOf(restricted), 'open', restricted, paper, ticket + n * 50_000));
  const standIn = papersOf(restricted)
    .slice(3, 12)
    .map((paper, n) => actBy(callum, fileServerOf(restricted), 'open', restricted, paper, cover + n * 240_000));
  return [...repair, ...standIn];
}

/** Paths that belong to no client: an old share that nobody wrote into the directory. */
export function unknownPaths({ cover }: Moments): Act[] {
  const person = personNamed('owen.pritchard');
  const client = clientNamed('lantern_foods');
  return [0, 1, 2, 3].map((n) => ({
    ...actBy({ person }, 'files-bristol', 'open', client, `handover ${n + 1}.docx`, cover + (30 + n) * 60_000),
    folder: '/srv/work/_closed 2019',
  }));
}

/** Records as they come when a disk was full, a line was cut or a program wrote where it should not. */
export function brokenLines({ ticket }: Moments): Line[] {
  const line = (minutes: number, source: Line['source'], record: string | Buffer): Line => ({
    at: ticket + minutes * 60_000,
    source,
    record,
  });
  return [
    line(1, 'files-boston', '{"@timestamp":"2026-03-04T10:12:'),
    line(2, 'files-bristol', 'smbd_audit: message repeated 3 times'),
    line(3, 'files-bristol', Buffer.concat([Buffer.from('brs-files smbd_audit[88]: '), Buffer.alloc(24)])),
    line(4, 'm365', '{"CreationTime":"yesterday","Operation":"FileAccessed","Workload":"SharePoint"}'),
    line(5, 'm365', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])),
    line(6, 'ledger', '2026-02-30 10:00:00.000 UTC,petra_lind,practice'),
  ];
}

export const brokenCount = 6;

/** What a reader of the demo should have been told, and what not. */
export const story: readonly string[] = [
  'At night Tomas Reiner opened 46 documents of Kestrel Pharma (C-3107), a restricted client he is not assigned to.',
  'Imogen Vale, who has given notice, downloaded 58 documents of her client Copperfield Energy (C-4021) and 22 of Pallas Robotics (C-4040), which she left three weeks ago.',
  'Pieter Osborn opened 18 documents of Northgate Clinics (C-4033), which nobody had written down as his client. late-facts.jsonl holds an assignment that says he was all along, recorded only now.',
  'Nobody is told of Gareth Moss (a ticket), Callum Reyes (standing in for Yusra Demir) and the nightly backup: a fact explains each.',
  `${brokenCount} broken records are kept with the reason, and 4 accesses to a folder of no known client are kept as such.`,
];
