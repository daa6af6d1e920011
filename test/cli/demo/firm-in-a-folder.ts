/** Puts the demo's logs through the real collectors, attribution and explanations. */
import { hash } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lateFacts, playDemo } from '../../../cli/demo/play.ts';
import { writeDemoFirm } from '../../../cli/demo/write.ts';
import { attributionOf, collectorNamed, settingsOf } from '../../../cli/edge.ts';
import { loadConfig } from '../../../core/config.ts';
import { loadDirectory } from '../../../core/directory/directory.ts';
import { createExplainer } from '../../../core/explain.ts';
import { readFactFile } from '../../../core/fact-lines.ts';
import { attribute, type Item, type Unsealed } from '../../../ingest/attribute.ts';
import { isReading, read, Unreadable } from '../../../ingest/collector.ts';
import { collectors } from '../../../ingest/collectors/index.ts';
import { createFoldMemory, fold } from '../../../ingest/fold.ts';
import { nowhere } from '../../../ingest/geo.ts';
import { mintId } from '../../../ingest/mint.ts';

export const freshFolder = () => mkdtempSync(join(tmpdir(), 'cordon-demo-'));

export async function firmInAFolder(now: number, seed = 1) {
  const folder = freshFolder();
  const firm = writeDemoFirm(folder, { seed, now });
  const played = await playDemo(folder, { signal: AbortSignal.timeout(120_000), speed: 1e9, now: () => now });
  const config = loadConfig(
    firm.config,
    collectors.map(({ name }) => name),
  );
  const directory = loadDirectory(config.directory);
  const facts = readFactFile(config.facts ?? '', 'Europe/London').map(({ fact }) => fact);
  const explainer = createExplainer(directory, facts);

  const frames = new Map<string, number>();
  const rejects: string[] = [];
  const accesses: Unsealed[] = [];
  for (const source of config.sources.values()) {
    const collector = collectorNamed(source.collector);
    const settings = settingsOf(source);
    const parser = collector.open(settings);
    const framer = collector.framing(settings)(0);
    const bytes = readFileSync(source.tail[0] ?? '');
    const items: Item[] = [];
    const all = [...framer.push(bytes), ...framer.end()];
    frames.set(source.name, all.length);
    for (const { raw, torn } of all) {
      const reading = torn === undefined ? read(parser, raw, now) : new Unreadable(torn);
      if (reading instanceof Unreadable) rejects.push(`${source.name}: ${reading.reason}`);
      if (!isReading(reading)) continue;
      const digest = hash('sha256', raw, 'hex');
      items.push({ reading, raw, digest, id: mintId(source.name, reading.record, digest), seenAt: now });
    }
    const attribution = attributionOf(directory, source.name, collector);
    for (const act of fold(items, createFoldMemory())) {
      accesses.push(attribute(act, { source: source.name, attribution, countryOf: nowhere }));
    }
  }
  const late = readFactFile(join(folder, lateFacts), 'Europe/London').map(({ fact }) => fact);
  const withLate = createExplainer(directory, [...facts, ...late]);
  const explained = (access: Unsealed, knownAt: number, by = explainer) =>
    by.explain({ ...access, at: Date.parse(access.at) }, knownAt)?.kind;
  const explainedWithLateFact = (access: Unsealed, knownAt: number) => explained(access, knownAt, withLate);
  return { folder, firm, explainedWithLateFact, played, directory, facts, frames, rejects, accesses, explained };
}
