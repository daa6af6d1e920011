/** `cordon rejects`: the records no collector could read; `rejects replay` tries them again after a fix. */
import { isUtf8 } from 'node:buffer';
import { isoOf } from '../core/time.ts';
import type { Reject } from '../core/types.ts';
import { read, Unreadable } from '../ingest/collector.ts';
import { Spool } from '../ingest/spool.ts';
import { command, type Io } from './command.ts';
import { type Context, loadContext, storeOf } from './context.ts';
import { openSource } from './edge.ts';
import { startPipeline } from './pipeline.ts';

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
    if (positionals[0] === 'replay') return replay(context, values.source, io);
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
async function replay(context: Context, source: string | undefined, io: Io): Promise<0 | 1> {
  await using store = await storeOf(context, 'own', io.signal);
  await using pipeline = startPipeline(context, { store });
  const kept = [...pipeline.spool.rejects(source)];
  let readNow = 0;
  for (const name of new Set(kept.map((reject) => reject.source))) {
    const { intake, parser } = openSource(context, name, pipeline.spool);
    const readable = kept.filter(
      (reject) => reject.source === name && !(read(parser, reject.raw, reject.seenAt) instanceof Unreadable),
    );
    for (const { raw, position, seenAt } of readable) intake.take([{ raw, offset: 0 }], position, () => seenAt);
    intake.flush(undefined);
    // Only now: a kill before this finds the record both landed and kept, and the next replay knows its id.
    pipeline.spool.removeRejects(readable);
    readNow += readable.length;
  }
  await pipeline.drained(io.signal);
  const left = kept.length - readNow;
  io.out.write(`${kept.length} tried, ${readNow} read now, ${left} still unreadable\n`);
  return left === 0 ? 0 : 1;
}

function rawOf(raw: Buffer): string | { base64: string } {
  return isUtf8(raw) ? raw.toString('utf8') : { base64: raw.toString('base64') };
}

function jsonLine({ source, position, reason, raw, seenAt }: Reject): string {
  return `${JSON.stringify({ source, position, reason, seen_at: isoOf(seenAt), raw: rawOf(raw) })}\n`;
}

function plainLine({ source, position, reason, raw }: Reject): string {
  const shown = JSON.stringify(raw.subarray(0, shownBytesMax).toString('utf8'));
  return `${source} ${position}: ${reason} (${raw.length} bytes) ${shown}${raw.length > shownBytesMax ? '…' : ''}\n`;
}
