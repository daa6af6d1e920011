/**
 * A generated firm's logs as the judge would read them from the store: its own collectors, attribution and arrivals,
 * without sealing and without ClickHouse. So a change of a detector is measured in seconds a firm.
 */
import { hash } from 'node:crypto';
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { attributionOf, collectorNamed, settingsOf } from '../cli/edge.ts';
import type { Config, SourceConfig } from '../core/config.ts';
import type { Directory } from '../core/directory/directory.ts';
import { loadGeo } from '../core/geo.ts';
import type { JudgedAccess } from '../core/scene.ts';
import { attribute, type Item } from '../ingest/attribute.ts';
import { isReading, read } from '../ingest/collector.ts';
import { createFoldMemory, fold } from '../ingest/fold.ts';
import type { Frame } from '../ingest/frame.ts';
import { type CountryOf, countriesOf, nowhere } from '../ingest/geo.ts';
import { mintId } from '../ingest/mint.ts';
import { type Arrivals, loadArrivals } from '../ingest/sources/arrivals.ts';

const chunkBytes = 8 * 1024 * 1024;

export interface FirmAccesses {
  /** In order of `at`, then `id`. */
  readonly accesses: readonly JudgedAccess[];
  /** Which access a record became: `source/first 16 hex of its SHA-256` → id. */
  readonly idOf: ReadonlyMap<string, string>;
}

/** `run` is the folder that `firm.py` wrote; its truth is not read. */
export function firmAccesses(run: string, config: Config, directory: Directory): FirmAccesses {
  const arrivals = loadArrivals(join(run, 'data/arrivals.tsv'));
  const countryOf = config.geo === undefined ? nowhere : countriesOf(loadGeo(config.geo));
  const idOf = new Map<string, string>();
  const all: JudgedAccess[] = [];
  for (const source of config.sources.values()) {
    for (const access of ofSource(source, directory, arrivals, countryOf, idOf)) all.push(access);
  }
  return { accesses: all.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1)), idOf };
}

function ofSource(
  source: SourceConfig,
  directory: Directory,
  arrivals: Arrivals,
  countryOf: CountryOf,
  idOf: Map<string, string>,
): JudgedAccess[] {
  const { name } = source;
  const collector = collectorNamed(source.collector);
  const settings = settingsOf(source);
  const parser = collector.open(settings);
  const attribution = attributionOf(directory, name, collector);
  const memory = createFoldMemory();
  const known = new Set<string>();
  const accesses: JudgedAccess[] = [];
  const take = (frames: readonly Frame[]) => {
    const items: Item[] = [];
    for (const { raw, torn, offset } of frames) {
      const seenAt = arrivals(name, offset) ?? 0;
      const reading = torn === undefined ? read(parser, raw, seenAt) : undefined;
      if (!isReading(reading)) continue;
      const digest = hash('sha256', raw, 'hex');
      const id = mintId(name, reading.record, digest);
      if (known.has(id)) continue;
      known.add(id);
      items.push({ reading, raw, digest, id, seenAt });
    }
    for (const act of fold(items, memory)) {
      const access = attribute(act, { source: name, attribution, countryOf });
      for (const { digest } of act.items) idOf.set(`${name}/${digest.slice(0, 16)}`, access.id);
      accesses.push({ ...access, at: Date.parse(access.at), seenAt: Date.parse(access.seen_at) });
    }
  };
  for (const file of source.tail.filter((path) => existsSync(path))) {
    const framer = collector.framing(settings)(0);
    for (const chunk of chunksOf(file)) take(framer.push(chunk));
    take(framer.end());
  }
  return accesses;
}

function* chunksOf(file: string): Generator<Buffer> {
  const descriptor = openSync(file, 'r');
  for (;;) {
    const chunk = Buffer.allocUnsafe(chunkBytes);
    const length = readSync(descriptor, chunk);
    if (length === 0) break;
    yield chunk.subarray(0, length);
  }
  closeSync(descriptor);
}
