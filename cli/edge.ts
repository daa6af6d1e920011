/** The edge's parts put together: for each configured source its collector, its key and its way into the spool. */
import type { Config, SourceConfig } from '../core/config.ts';
import { createAttributor } from '../core/directory/attributor.ts';
import type { Directory } from '../core/directory/directory.ts';
import { Fault } from '../core/errors.ts';
import { loadGeo } from '../core/geo.ts';
import type { Collector, CollectorSettings, Parser } from '../ingest/collector.ts';
import { collectors } from '../ingest/collectors/index.ts';
import type { Framing } from '../ingest/frame.ts';
import { countriesOf, nowhere } from '../ingest/geo.ts';
import { Intake, type Seals } from '../ingest/intake.ts';
import { sealingPublicKey } from '../ingest/keys/x25519-box.ts';
import { RejectSealer } from '../ingest/reject-seal.ts';
import { signingKeyOf } from '../ingest/signing-key.ts';
import type { Spool } from '../ingest/spool.ts';
import type { Context } from './context.ts';

export interface EdgeSource {
  readonly name: string;
  readonly config: SourceConfig;
  readonly framing: Framing;
  readonly parser: Parser;
  readonly intake: Intake;
}

/** Throws USAGE, naming those there are, for a collector that is not there. */
export function collectorNamed(name: string): Collector {
  const found = collectors.find((collector) => collector.name === name);
  if (found) return found;
  const known = collectors.map((collector) => collector.name).join(', ');
  throw new Fault('USAGE', `there is no collector \`${name}\`; there are ${known}`);
}

export function settingsOf(config: Pick<SourceConfig, 'time_zone' | 'log_line_prefix' | 'prefix'>): CollectorSettings {
  return { timeZone: config.time_zone, logLinePrefix: config.log_line_prefix, prefix: config.prefix };
}

export function attributionOf(directory: Directory, source: string, collector: Collector) {
  return createAttributor(directory, { name: source, collector: collector.name, caseless: collector.caseless });
}

/** Throws USAGE, naming those there are, for a name that no source has. */
export function sourceNamed(config: Config, name: string): SourceConfig {
  const source = config.sources.get(name);
  if (source) return source;
  const known = [...config.sources.keys()].join(', ');
  throw new Fault('USAGE', `there is no source \`${name}\` in ${config.file}; there are ${known}`);
}

/** Throws USAGE for a name that no source has. */
export function openSource(
  { config, directory }: Context,
  name: string,
  { spool, seals }: { spool: Spool; seals: Seals },
): EdgeSource {
  const source = sourceNamed(config, name);
  const collector = collectorNamed(source.collector);
  const settings = settingsOf(source);
  const parser = collector.open(settings);
  const intake = new Intake({
    source: name,
    parser,
    attribution: attributionOf(directory, name, collector),
    countryOf: config.geo === undefined ? nowhere : countriesOf(loadGeo(config.geo)),
    key: signingKeyOf(config.data, name),
    seals,
    rejectSealer: config.rejects_key === undefined ? undefined : new RejectSealer(sealingPublicKey(config.rejects_key)),
    spool,
  });
  return { name, config: source, framing: collector.framing(settings), parser, intake };
}
