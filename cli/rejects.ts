/** `cordon rejects`: the records no collector could read; `rejects replay` tries them again after a fix. */

import { Fault } from '../core/errors.ts';
import { rawText } from '../core/records.ts';
import { isoOf } from '../core/time.ts';
import type { Reject } from '../core/types.ts';
import { read, Unreadable } from '../ingest/collector.ts';
import type { Intake } from '../ingest/intake.ts';
import { flushWhenRoom } from '../ingest/sources/flush.ts';
import { type KeptReject, Spool } from '../ingest/spool.ts';
import { command, type Io } from './command.ts';
import { type Context, loadContext } from './context.ts';
import { openSource } from './edge.ts';
import { holdForFilling, type Pipeline, startPipeline } from './pipeline.ts';

/** Shown of a record on a terminal; `--json` gives all of it. */
const shownBytesMax = 120;

export const rejects = command({
  name: 'rejects',
  examples: [
    'cordon rejects',
    'cordon rejects --source fs1 --json  # with the whole record',
    'cordon rejects replay  # after an update or a corrected configuration',
  ],
  positionals: '[replay]',
  options: { source: { type: 'string', value: 'NAME', help: 'only those of this source' } },

  async run({ values, positionals }, io) {
    const context = loadContext(values, io);
    const [action, ...more] = positionals;
    if (more.length > 0 || (action !== undefined && action !== 'replay'))
      throw new Fault('USAGE', `rejects takes \`replay\` or nothing, not \`${positionals.join(' ')}\``);
    if (action === 'replay') return replay(context, values.source, io);
    await using spool = new Spool(context.config.data);
    let count = 0;
    for (const reject of spool.rejects(values.source)) {
      count += 1;
      io.out.write(values.json === true ? jsonLine(reject) : plainLine(reject));
    }
    io.err.write(`${count} rejects\n`);
    return 0;
  },
});

/** The records go the way of new ones; what can be read now becomes an access and leaves the list. */
async function replay(context: Context, only: string | undefined, io: Io): Promise<0 | 1> {
  await using held = await holdForFilling(context, io.signal);
  await using pipeline = await startPipeline(context, { store: held.store });
  const names = new Set<string>();
  for (const { source } of pipeline.spool.rejects(only)) names.add(source);
  let tried = 0;
  let readNow = 0;
  for (const name of names) {
    const one = await replaySource(context, name, pipeline, io);
    tried += one.tried;
    readNow += one.readNow;
  }
  await pipeline.drained(io.signal);
  const left = tried - readNow;
  io.out.write(`${tried} tried, ${readNow} read now, ${left} still unreadable\n`);
  return left === 0 ? 0 : 1;
}

async function replaySource(context: Context, source: string, pipeline: Pipeline, { err, signal }: Io) {
  const { spool } = pipeline;
  const edge = context.config.sources.has(source) ? openSource(context, source, pipeline) : undefined;
  if (!edge) err.write(`${source} is no source any more; what is kept of it stays\n`);
  let tried = 0;
  let readNow = 0;
  let readable: KeptReject[] = [];
  const flush = async (intake: Intake): Promise<void> => {
    await flushWhenRoom(intake, undefined, { source, log: context.log, signal });
    // Only now: a kill before this finds the record both landed and kept, and the next replay knows its id.
    spool.removeRejects(readable);
    readNow += readable.length;
    readable = [];
  };
  for (const reject of spool.rejects(source)) {
    tried += 1;
    if (!edge || read(edge.parser, reject.raw, reject.seenAt) instanceof Unreadable) continue;
    edge.intake.take([{ raw: reject.raw, offset: 0 }], reject.position, () => reject.seenAt);
    readable.push(reject);
    if (edge.intake.isFull) await flush(edge.intake);
  }
  if (edge) await flush(edge.intake);
  return { tried, readNow };
}

function jsonLine({ source, position, reason, raw, seenAt }: Reject): string {
  return `${JSON.stringify({ source, position, reason, seen_at: isoOf(seenAt), raw: rawText(raw) })}\n`;
}

function plainLine({ source, position, reason, raw }: Reject): string {
  const shown = JSON.stringify(raw.subarray(0, shownBytesMax).toString('utf8'));
  return `${source} ${position}: ${reason} (${raw.length} bytes) ${shown}${raw.length > shownBytesMax ? '…' : ''}\n`;
}
