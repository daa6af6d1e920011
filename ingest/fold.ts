/**
 * Several native records of one act (4656 + 4663 + 4660; an open, its reads and writes) become one access that lists
 * them all. A collector says which belong together with `Reading.fold`.
 */
import type { Action, Reading } from '../core/types.ts';

/** First character of the `fold` of a record that begins an act: it never joins what came before it under the same key. */
export const opens = '+';
/** First character of the `fold` of a record that ends an act: it joins the one that an open began, and nothing joins it. */
export const closes = '-';

/** What the pipeline hands in: it may carry fields of its own along. */
export interface Foldable {
  readonly reading: Reading;
  readonly raw: Buffer;
}

/** One act: its reading, and the items it was made of in the order they came. Every item is in exactly one of these. */
export interface Folded<Item extends Foldable> {
  readonly reading: Reading;
  readonly items: readonly [Item, ...Item[]];
}

type Target = Pick<Reading, 'object' | 'object_kind' | 'place' | 'class'>;

/** What a handle pointed at, remembered across chunks: the record of its object's end names the handle alone. */
export interface FoldMemory {
  readonly objects: Map<string, Target>;
}

export const createFoldMemory = (): FoldMemory => ({ objects: new Map() });

/** Handles remembered per source; the ones opened longest ago are forgotten first. */
export const handlesMax = 65_536;

/** Records with one fold key are one act while each is within this of the one before. */
export const foldWindowMs = 10_000;

/** Weakest first: an act is named after the strongest thing done in it. */
const strengthOf: ReadonlyMap<Action, number> = new Map(
  (['list', 'read', 'create', 'write', 'rename', 'grant', 'delete'] as const).map((action, index) => [action, index]),
);

/** Most acts are one record, so an act is handed on as it is, and holds its parts only once there are more. */
interface Act<Item extends Foldable> extends Folded<Item> {
  reading: Reading;
  readonly items: [Item, ...Item[]];
  parts: [Reading, ...Reading[]] | undefined;
  lastAt: number;
  object: string | undefined;
}

/**
 * Folds one chunk of records in the order they came. Nothing is dropped: what belongs to no act is its own.
 * `memory` belongs to the source and is changed. Repeats of a record are to be taken out before.
 */
export function fold<Item extends Foldable>(items: readonly Item[], memory: FoldMemory): Folded<Item>[] {
  const acts: Act<Item>[] = [];
  const current = new Map<string, Act<Item>>();
  for (const item of items) {
    const mark = item.reading.fold;
    if (mark === undefined) {
      acts.push(actOf(item, item.reading));
      continue;
    }
    const begins = mark.startsWith(opens);
    const ends = mark.startsWith(closes);
    const key = begins || ends ? mark.slice(1) : mark;
    const reading = recall(item.reading, key, memory);
    const act = begins ? undefined : current.get(key);
    if (act !== undefined && belongs(act, reading)) {
      act.items.push(item);
      act.parts ??= [act.reading];
      act.parts.push(reading);
      act.lastAt = reading.at;
      act.object ??= reading.object;
    } else {
      const begun = actOf(item, reading);
      acts.push(begun);
      current.set(key, begun);
    }
    if (ends) current.delete(key);
  }
  for (const act of acts) if (act.parts !== undefined) act.reading = summary(act.parts);
  return acts;
}

function actOf<Item extends Foldable>(item: Item, reading: Reading): Act<Item> {
  return { reading, items: [item], parts: undefined, lastAt: reading.at, object: reading.object };
}

/** Handles are used again, so another object under the same key is another act. */
function belongs(act: Act<Foldable>, { at, object }: Reading): boolean {
  if (Math.abs(at - act.lastAt) > foldWindowMs) return false;
  return act.object === undefined || object === undefined || act.object === object;
}

/** Learns what a key's object is, or lends it to a reading that has none. */
function recall(reading: Reading, key: string, { objects }: FoldMemory): Reading {
  const { object, object_kind, place } = reading;
  if (object === undefined) {
    const known = objects.get(key);
    return known === undefined ? reading : { ...reading, ...known };
  }
  // A key that holds the object itself has nothing to remember.
  if (key.endsWith(object)) return reading;
  objects.delete(key);
  objects.set(key, { object, object_kind, place, class: reading.class });
  if (objects.size > handlesMax) {
    for (const oldest of objects.keys()) {
      objects.delete(oldest);
      break;
    }
  }
  return reading;
}

/** What succeeded says more than what was refused on the way, and where a thing went more than what its opener might have done to it. */
const weight = ({ action, outcome, object_to }: Reading) =>
  (strengthOf.get(action) ?? 0) + (outcome === 'success' ? 100 : 0) + (object_to === undefined ? 0 : 10);

function summary(readings: readonly [Reading, ...Reading[]]): Reading {
  const [first] = readings;
  const strongest = readings.reduce((best, reading) => (weight(reading) > weight(best) ? reading : best));
  const named = strongest.object === undefined ? readings.find(({ object }) => object !== undefined) : strongest;
  return {
    ...strongest,
    at: Math.min(...readings.map(({ at }) => at)),
    class: named?.class ?? strongest.class,
    object: named?.object,
    object_kind: named?.object_kind,
    ip: strongest.ip ?? readings.find(({ ip }) => ip !== undefined)?.ip,
    place: named?.place ?? strongest.place,
    // The act is known by the record that began it.
    record: first.record,
    fold: first.fold,
  };
}
