/** A poison batch, and batches that are forged, cut, changed, sent again, out of order, or under a number that is taken. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLog } from '../../../core/log.ts';
import type { SealedBatch } from '../../../core/types.ts';
import { kafkaBus } from '../../../ingest/bus/kafka-bus.ts';
import { Stream } from '../../helpers/stream.ts';
import { ended } from '../world/part.ts';
import type { World } from '../world/world.ts';
import { scenario } from './scenario.ts';

/** Patience. */
const landsWithinMs = 240_000;

/** What each is refused for; nothing where it is as good as any. */
type Attack = (stream: Stream) => {
  readonly send: readonly SealedBatch[];
  readonly reasons: readonly RegExp[];
  readonly rows: number;
};

const changed = (batch: SealedBatch): SealedBatch => {
  const value = Buffer.from(batch.value);
  value[40] = (value[40] ?? 0) ^ 1;
  return { ...batch, value };
};

const attacks: Readonly<Record<string, Attack>> = {
  poison: (stream) => {
    const poison = stream.nextOf([stream.line().replace(/"at":"[^"]*"/, '"at":"yesterday"')]);
    return { send: [poison], reasons: [/cannot take this content/], rows: 0 };
  },
  'another client’s access': (stream) => {
    const wrong = stream.nextOf([stream.line().replace('"tenant":"acme"', '"tenant":"globex"')]);
    return { send: [wrong], reasons: [/access of another client/], rows: 0 };
  },
  forged: (stream) => {
    const forger = new Stream('somebody', 'acme');
    const { header, value } = stream.next(2);
    const { sig } = forger.next(2);
    return { send: [{ header, sig, value }], reasons: [/signature does not hold/], rows: 0 };
  },
  truncated: (stream) => {
    const batch = stream.next(2);
    return {
      send: [{ ...batch, value: batch.value.subarray(0, -9) }],
      reasons: [/not as long as its header says/],
      rows: 0,
    };
  },
  changed: (stream) => ({ send: [changed(stream.next(2))], reasons: [/./], rows: 0 }),
  replayed: (stream) => {
    const batch = stream.next(2);
    return { send: [batch, batch, batch], reasons: [], rows: 2 };
  },
  reordered: (stream) => {
    const [first, second, third] = [stream.next(1), stream.next(1), stream.next(1)];
    return { send: [third, first, second], reasons: [], rows: 3 };
  },
  'a number that is taken': (stream) => {
    const { head } = stream;
    const good = stream.next(2);
    const after = stream.head;
    stream.head = head;
    const other = stream.next(2);
    stream.head = after;
    return { send: [good, other], reasons: [/another batch with its number has landed/], rows: 2 };
  },
};

/** Of all dead letters, by collector. */
async function reasonsOf(world: World): Promise<ReadonlyMap<string, readonly string[]>> {
  let out = '';
  await ended(['replay-dead', '--json', '--config', world.config('vault')], (chunk) => {
    out += chunk.toString();
  });
  const reasons = new Map<string, string[]>();
  for (const line of out.split('\n').filter(Boolean)) {
    const { collector = '', reason = '' } = JSON.parse(line) as { collector?: string; reason?: string };
    reasons.set(collector, [...(reasons.get(collector) ?? []), reason]);
  }
  return reasons;
}

async function rowsOfCollector(world: World, collector: string): Promise<number> {
  const [row] = (await world.ask('acme', `SELECT count() AS n FROM accesses WHERE collector = '${collector}'`)) ?? [];
  return Number(row?.['n'] ?? -1);
}

/** Its parts put together, and none of them cut by a line's end. */
const textOf = (mail: string): string => mail.replaceAll(/=\r?\n/g, '').replaceAll(/\s+/g, ' ');

/** A collector that makes this attack, in whichever round: of one reason there is one mail a day. */
const attackerOf = (name: string): string => `bad-${Object.keys(attacks).indexOf(name)}-`;

/** One mail that names the collector, the client by its alias, the reason and what to do. */
async function mailed(world: World, name: string, signal: AbortSignal): Promise<void> {
  const about = () => world.mails.map(textOf).filter((mail) => mail.includes(`source ${attackerOf(name)}`));
  while (about().length === 0) await sleep(100, undefined, { signal });
  const [mail = '', ...more] = about();
  const wanted = [/for client C-acme (was|were) refused: \w/, /cordon replay-dead/];
  const missing = wanted.find((words) => !words.test(mail));
  if (missing !== undefined) throw new Error(`${name}: its mail does not say: ${missing}`);
  if (mail.includes('acme by name')) throw new Error(`${name}: its mail tells the client's name`);
  if (more.length > 0) throw new Error(`${name}: ${more.length + 1} mails tell of it`);
}

interface Sent {
  readonly name: string;
  readonly collector: string;
  readonly reasons: readonly RegExp[];
  /** Of accesses that land all the same, those before and after the attack included. */
  readonly rows: number;
}

async function send(world: World, name: string, attackOf: Attack, signal: AbortSignal): Promise<Sent> {
  const collector = `${attackerOf(name)}${world.mails.length}-${Date.now()}`;
  const stream = new Stream(collector, 'acme');
  const pem = stream.publicKey.export({ type: 'spki', format: 'pem' });
  writeFileSync(join(world.data('vault'), 'keys', 'collectors', `${collector}.pub.pem`), pem);
  await using bus = kafkaBus({ ...world.kafka, log: createLog('silent'), tenants: () => [] });
  const before = stream.next(1);
  const { send: bad, reasons, rows } = attackOf(stream);
  // What comes after it lands all the same.
  for (const batch of [before, ...bad, stream.next(1)]) await bus.send(batch, signal);
  return { name, collector, reasons, rows: rows + 2 };
}

async function round(world: World): Promise<void> {
  const signal = AbortSignal.timeout(landsWithinMs);
  const all = await Promise.all(Object.entries(attacks).map(([name, attack]) => send(world, name, attack, signal)));
  for (const { collector, rows } of all)
    while ((await rowsOfCollector(world, collector)) < rows) await sleep(100, undefined, { signal });
  for (const { name, reasons } of all) if (reasons.length > 0) await mailed(world, name, signal);
  const told = await reasonsOf(world);
  for (const { name, collector, reasons, rows } of all) {
    const its = told.get(collector) ?? [];
    const unnamed = reasons.find((reason) => !its.some((text) => reason.test(text)));
    if (unnamed) throw new Error(`${name}: nothing says ${unnamed}; dead letters say: ${its.join('; ')}`);
    const stored = await rowsOfCollector(world, collector);
    if (stored !== rows) throw new Error(`${name}: ${stored} accesses are stored of ${rows}`);
  }
}

export const badBatches = scenario(
  'poison, forged, reordered, replayed, truncated batches',
  { short: { rounds: 1 }, long: { rounds: 10 } },
  async (world, { rounds }) => {
    for (let n = 0; n < rounds; n += 1) await round(world);
    const faults = rounds * Object.keys(attacks).length;
    return { faults, note: 'each refused one is a dead letter with its reason and one mail, and its stream went on' };
  },
);
