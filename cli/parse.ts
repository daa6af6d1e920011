/** `cordon parse`: what a collector makes of records, without a store: for trying a format, and for scripts. */
import { hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { loadDirectory } from '../core/directory/directory.ts';
import { Fault } from '../core/errors.ts';
import { parseTimestamp } from '../core/time.ts';
import { type Instant, unattributed } from '../core/types.ts';
import { type Attribution, attribute, type Item } from '../ingest/attribute.ts';
import { Ignored, read, Unreadable } from '../ingest/collector.ts';
import { createFoldMemory, fold } from '../ingest/fold.ts';
import type { Frame } from '../ingest/frame.ts';
import { nowhere } from '../ingest/geo.ts';
import { mintId } from '../ingest/mint.ts';
import { command, type Io } from './command.ts';
import { attributionOf, collectorNamed, settingsOf } from './edge.ts';

/** Rejects listed on stderr; the rest are counted. */
const listedMax = 100;

const noDirectory: Attribution = {
  tenantOf: () => ({ tenant: unattributed, by: 'none' }),
  personOf: () => undefined,
};

interface Tally {
  records: number;
  accesses: number;
  ignored: number;
  rejects: number;
}

export const parse = command({
  name: 'parse',
  examples: [
    'cordon parse --collector samba audit.log',
    'cordon parse --collector pgaudit --log-line-prefix "%m [%p] %u@%d " --directory directory.yaml postgresql.log',
    'zcat old.json.gz | cordon parse --collector m365 -',
  ],
  positionals: '[FILE…|-]',
  options: {
    collector: { type: 'string', value: 'NAME', help: 'the format: `cordon collectors` lists them' },
    directory: { type: 'string', value: 'FILE', help: 'who is who; without it nothing is attributed' },
    source: { type: 'string', value: 'NAME', help: 'the name of the source (default: the collector)' },
    'time-zone': { type: 'string', value: 'ZONE', help: 'for stamps that carry no zone (default UTC)' },
    'log-line-prefix': { type: 'string', value: 'TEXT', help: "PostgreSQL's setting, for logs that are not CSV" },
    prefix: { type: 'string', value: 'TEXT', help: "Samba's full_audit:prefix (default %u|%I|%m|%S)" },
    seen: {
      type: 'string',
      value: 'TIME',
      help: 'when the records arrived: the year of stamps without one (default now)',
    },
  },

  async run({ values, positionals }, io) {
    if (values.collector === undefined) throw new Fault('USAGE', 'name the format with --collector');
    const collector = collectorNamed(values.collector);
    const settings = settingsOf({
      time_zone: values['time-zone'],
      log_line_prefix: values['log-line-prefix'],
      prefix: values.prefix,
    });
    const source = values.source ?? collector.name;
    const seenAt = values.seen === undefined ? Date.now() : parseTimestamp(values.seen);
    if (Number.isNaN(seenAt)) throw new Fault('USAGE', '--seen takes a time such as 2026-03-04T09:15:00Z');
    const parser = collector.open(settings);
    const attribution =
      values.directory === undefined
        ? noDirectory
        : attributionOf(loadDirectory(resolve(io.cwd, values.directory)), source, collector);
    const tally: Tally = { records: 0, accesses: 0, ignored: 0, rejects: 0 };
    const memory = createFoldMemory();

    const take = async (frames: readonly Frame[], where: string): Promise<void> => {
      const items: Item[] = [];
      for (const frame of frames) {
        tally.records += 1;
        const reading = frame.torn === undefined ? read(parser, frame.raw, seenAt) : new Unreadable(frame.torn);
        if (reading === undefined || reading instanceof Ignored) tally.ignored += 1;
        else if (reading instanceof Unreadable) reject(tally, io, `${where}:${frame.offset}`, reading.reason);
        else items.push(itemOf(reading, frame, source, seenAt));
      }
      let lines = '';
      for (const act of fold(items, memory)) {
        tally.accesses += 1;
        lines += `${JSON.stringify(attribute(act, { source, attribution, countryOf: nowhere }))}\n`;
      }
      if (lines !== '' && !io.out.write(lines)) await new Promise((resolve) => io.out.once('drain', resolve));
    };

    for (const name of positionals.length === 0 ? ['-'] : positionals) {
      const framer = collector.framing(settings)(0);
      for await (const chunk of bytesOf(name, io)) {
        io.signal.throwIfAborted();
        await take(framer.push(chunk), name);
      }
      await take(framer.end(), name);
    }
    const { records, accesses, ignored, rejects } = tally;
    io.err.write(`${records} records: ${accesses} accesses, ${ignored} of no interest, ${rejects} rejects\n`);
    return rejects === 0 ? 0 : 1;
  },
});

function itemOf(reading: Item['reading'], { raw }: Frame, source: string, seenAt: Instant): Item {
  const digest = hash('sha256', raw, 'hex');
  return { reading, raw, digest, id: mintId(source, reading.record, digest), seenAt };
}

function reject(tally: Tally, io: Io, position: string, reason: string): void {
  tally.rejects += 1;
  if (tally.rejects <= listedMax) io.err.write(`${position}: ${reason}\n`);
  if (tally.rejects === listedMax + 1) io.err.write('further rejects are only counted\n');
}

async function* bytesOf(name: string, io: Io): AsyncGenerator<Buffer> {
  const stream = name === '-' ? io.in : createReadStream(resolve(io.cwd, name), { highWaterMark: 1024 * 1024 });
  try {
    for await (const chunk of stream as Readable) yield Buffer.from(chunk);
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new Fault('SOURCE_UNREADABLE', `${name} cannot be read (${why})`, {}, error);
  }
}
