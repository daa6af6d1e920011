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

const landsWithinMs = 60_000;

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

async function reasonsOf(world: World, collector: string): Promise<readonly string[]> {
  let out = '';
  await ended(['replay-dead', '--json', '--config', world.config('vault')], (chunk) => {
    out += chunk.toString();
  });
  return out
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { collector?: string; reason?: string })
    .filter((letter) => letter.collector === collector)
    .map(({ reason = '' }) => reason);
}

async function rowsOfCollector(world: World, collector: string): Promise<number> {
  const [row] = (await world.ask('acme', `SELECT count() AS n FROM accesses WHERE collector = '${collector}'`)) ?? [];
  return Number(row?.['n'] ?? -1);
}

async function attack(world: World, name: string, attackOf: Attack, round: number): Promise<void> {
  const collector = `bad-${Object.keys(attacks).indexOf(name)}-${round}-${world.written}`;
  const stream = new Stream(collector, 'acme');
  const pem = stream.publicKey.export({ type: 'spki', format: 'pem' });
  writeFileSync(join(world.data('vault'), 'keys', 'collectors', `${collector}.pub.pem`), pem);
  const signal = AbortSignal.timeout(landsWithinMs);
  await using bus = kafkaBus({ ...world.kafka, log: createLog('silent'), tenants: () => [] });
  const before = stream.next(1);
  const { send, reasons, rows } = attackOf(stream);
  // What comes after it lands all the same.
  for (const batch of [before, ...send, stream.next(1)]) await bus.send(batch, signal);
  while ((await rowsOfCollector(world, collector)) < rows + 2) await sleep(100, undefined, { signal });
  const told = reasons.length > 0 ? await reasonsOf(world, collector) : [];
  const unnamed = reasons.find((reason) => !told.some((text) => reason.test(text)));
  if (unnamed) throw new Error(`${name}: nothing says ${unnamed}; dead letters say: ${told.join('; ')}`);
  const stored = await rowsOfCollector(world, collector);
  if (stored !== rows + 2) throw new Error(`${name}: ${stored} accesses are stored of ${rows + 2}`);
}

export const badBatches = scenario(
  'poison, forged, reordered, replayed, truncated batches',
  { short: { rounds: 1 }, long: { rounds: 10 } },
  async (world, { rounds }) => {
    for (let round = 0; round < rounds; round += 1)
      for (const [name, attackOf] of Object.entries(attacks)) await attack(world, name, attackOf, round);
    const faults = rounds * Object.keys(attacks).length;
    return { faults, note: 'each refused one is a dead letter with its reason, and its stream went on' };
  },
);
