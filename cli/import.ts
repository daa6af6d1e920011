/** `cordon import`: history into the store, resumable, with progress. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import picomatch from 'picomatch';
import { Fault } from '../core/errors.ts';
import type { Instant } from '../core/types.ts';
import { addCounts, noCounts, type SourceCounts } from '../ingest/source-counts.ts';
import { type Arrivals, loadArrivals } from '../ingest/sources/arrivals.ts';
import { importFile } from '../ingest/sources/import-file.ts';
import { command, type Io } from './command.ts';
import { type Context, loadContext } from './context.ts';
import { openSource, sourceNamed } from './edge.ts';
import { letHeapGrow } from './heap-growth.ts';
import { holdForFilling, type Pipeline, startPipeline } from './pipeline.ts';
import { progress } from './progress.ts';

/** An import has a backlog from its first second, so merges may wait until they are large. */
const importAgeMs = 4_000;

interface Work {
  readonly source: string;
  readonly file: string;
  readonly bytes: number;
}

export const importVerb = command({
  name: 'import',
  examples: [
    'cordon import --source fs1 /var/log/samba/audit.log.1 /var/log/samba/audit.log',
    'cordon import --all  # every file that the configured sources tail',
    'cordon import --source fs1 audit.log --arrivals arrivals.tsv  # a replay: when each record arrived',
  ],
  positionals: '[FILE…]',
  options: {
    source: { type: 'string', value: 'NAME', help: 'the configured source that the files are of' },
    all: { type: 'boolean', help: 'all sources: the files their `tail` names' },
    arrivals: {
      type: 'string',
      value: 'TSV',
      help: 'arrived_ms, source, offset, length for each record: sets seen_at',
    },
  },

  async run({ values, positionals }, io) {
    const context = loadContext(values, io);
    const work = workOf(context, values, positionals, io);
    const arrivals = values.arrivals === undefined ? undefined : loadArrivals(resolve(io.cwd, values.arrivals));
    const begun = performance.now();
    letHeapGrow('collecting');
    await using held = await holdForFilling(context, io.signal);
    await using pipeline = await startPipeline(context, { store: held.store, ageMs: importAgeMs });
    const counts = await importAll(context, work, arrivals, pipeline, io);
    const seconds = (performance.now() - begun) / 1_000;
    report(
      counts,
      { seconds, landed: pipeline.lander?.rows, refused: pipeline.lander?.refused ?? 0 },
      values.json === true,
      io,
    );
    return (pipeline.lander?.refused ?? 0) > 0 ? 1 : 0;
  },
});

async function importAll(
  context: Context,
  work: readonly Work[],
  arrivals: Arrivals | undefined,
  pipeline: Pipeline,
  io: Io,
) {
  const { spool } = pipeline;
  const { log } = context;
  const total = work.reduce((sum, { bytes }) => sum + bytes, 0);
  const bar = progress(io, { unit: 1e6, name: 'MB' });
  const counts = new Map<string, SourceCounts>();
  const now = Date.now();
  const stop = new AbortController();
  const signal = AbortSignal.any([io.signal, stop.signal]);
  let done = 0;
  try {
    for (const { source, file, bytes } of work) {
      const { intake, framing } = openSource(context, source, pipeline);
      const seenAt = (offset: number): Instant => arrivals?.(source, offset) ?? now;
      const onProgress = (here: number): void => bar.update(done + here, total, source);
      const imported = importFile(file, { source, framing, intake, spool, seenAt, log, signal, onProgress });
      const { counts: added } = await Promise.race([imported, pipeline.failed]).catch(async (error: unknown) => {
        // The pipeline failed: the import must be over before its spool is closed.
        stop.abort();
        await imported.catch(() => undefined);
        throw error;
      });
      counts.set(source, addCounts(counts.get(source) ?? noCounts, added));
      done += bytes;
    }
    bar.update(total, total, 'landing');
    await pipeline.drained(io.signal);
  } finally {
    bar.stop();
  }
  return counts;
}

function report(
  counts: ReadonlyMap<string, SourceCounts>,
  { seconds, landed, refused }: { seconds: number; landed: number | undefined; refused: number },
  json: boolean,
  io: Io,
): void {
  if (json) {
    io.out.write(`${JSON.stringify({ sources: Object.fromEntries(counts), landed, refused, seconds })}\n`);
    return;
  }
  for (const [source, { read, accessed, repeats, ignored, rejects }] of counts) {
    io.out.write(
      `${source}: ${read} records read, ${accessed} new, ${repeats} repeats, ${ignored} of no interest, ${rejects} rejects\n`,
    );
  }
  const done = landed === undefined ? 'handed to the brokers' : `${landed} accesses landed`;
  io.out.write(`${done} in ${seconds.toFixed(1)} s\n`);
  if (refused > 0) io.out.write(`${refused} batches were refused and are kept\n`);
  if ([...counts.values()].some(({ rejects }) => rejects > 0))
    io.out.write('cordon rejects  # shows what could not be read\n');
}

/** Throws USAGE, saying what is missing. */
function workOf(
  context: Context,
  values: { source?: string | undefined; all?: boolean | undefined },
  files: readonly string[],
  io: Io,
): Work[] {
  if (values.all === true) {
    if (values.source !== undefined || files.length > 0)
      throw new Fault('USAGE', 'give --all, or --source and files, not both');
    return [...context.config.sources.values()].flatMap(({ name, tail }) =>
      tail.flatMap(filesOf).map((file) => sized(name, file)),
    );
  }
  const { source } = values;
  if (source === undefined) throw new Fault('USAGE', 'name the source with --source NAME, or import --all of them');
  sourceNamed(context.config, source);
  if (files.length === 0) throw new Fault('USAGE', `name the files of ${source} to import`);
  return files.map((file) => sized(source, resolve(io.cwd, file)));
}

function sized(source: string, file: string): Work {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found) throw new Fault('SOURCE_UNREADABLE', `${file} is not there`, { source });
  if (!found.isFile()) throw new Fault('SOURCE_UNREADABLE', `${file} is no file`, { source });
  return { source, file, bytes: found.size };
}

function filesOf(pattern: string): string[] {
  const { base, glob } = picomatch.scan(pattern);
  if (glob === '') return [pattern];
  const matches = picomatch(pattern, { dot: true });
  if (!existsSync(base)) throw new Fault('SOURCE_UNREADABLE', `the folder ${base} of ${pattern} is not there`);
  const names = readdirSync(base, { recursive: glob.includes('/'), encoding: 'utf8' });
  return names
    .map((name) => resolve(base, name))
    .filter((path) => matches(path) && statSync(path, { throwIfNoEntry: false })?.isFile())
    .sort();
}
