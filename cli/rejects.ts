/** `cordon rejects`: the records no collector could read; `rejects replay` tries them again after a fix. */
import { resolve } from 'node:path';
import { Fault } from '../core/errors.ts';
import { rawText } from '../core/records.ts';
import { isoOf } from '../core/time.ts';
import type { Reject, StoredReject } from '../core/types.ts';
import { read, Unreadable } from '../ingest/collector.ts';
import type { Intake } from '../ingest/intake.ts';
import { type RejectsKeys, readRejectsKeys } from '../ingest/keys/reject-keys.ts';
import { openedReject } from '../ingest/reject-seal.ts';
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
    'cordon rejects --key /media/usb/rejects.pem  # with what was sealed (rejects_key)',
    'cordon rejects replay  # after an update or a corrected configuration',
    'cordon rejects replay --key /media/usb/rejects.pem',
  ],
  positionals: '[replay]',
  options: {
    source: { type: 'string', value: 'NAME', help: 'only those of this source' },
    key: {
      type: 'string',
      multiple: true,
      value: 'FILE',
      help: 'private half of `rejects_key`, PEM: opens what was sealed; again for an older one',
    },
  },

  async run({ values, positionals }, io) {
    const context = loadContext(values, io);
    const [action, ...more] = positionals;
    if (more.length > 0 || (action !== undefined && action !== 'replay'))
      throw new Fault('USAGE', `rejects takes \`replay\` or nothing, not \`${positionals.join(' ')}\``);
    const keys = readRejectsKeys((values.key ?? []).map((file) => resolve(io.cwd, file)));
    if (action === 'replay') return replay(context, { only: values.source, keys, json: values.json === true }, io);
    await using spool = new Spool(context.config.data);
    const shut = new Shut(keys);
    let count = 0;
    for (const reject of spool.rejects(values.source)) {
      count += 1;
      const found = shut.opened(reject);
      io.out.write(values.json === true ? jsonLine(reject, found) : plainLine(reject, found));
    }
    io.err.write(`${count} rejects\n`);
    return shut.say(io);
  },
});

/** Opens what can be opened, and remembers what could not. */
class Shut {
  readonly #keys: RejectsKeys;
  /** Sealed for a key that nobody brought: how many, by its id. */
  readonly #missing = new Map<string, number>();
  /** That do not open with their own key. */
  #changed = 0;

  constructor(keys: RejectsKeys) {
    this.#keys = keys;
  }

  opened(reject: StoredReject): Reject | undefined {
    if ('raw' in reject) return reject;
    const key = this.#keys.get(reject.key);
    if (!key) {
      this.#missing.set(reject.key, (this.#missing.get(reject.key) ?? 0) + 1);
      return undefined;
    }
    const found = openedReject(reject, key);
    if (!found) this.#changed += 1;
    return found;
  }

  /** Exit 1: keys were brought and something stayed shut, or was changed. */
  say({ err }: Io): 0 | 1 {
    for (const [key, count] of this.#missing)
      err.write(`${count} of them are sealed for the key ${key}; bring its private half with --key FILE to see them\n`);
    if (this.#changed > 0) err.write(`${this.#changed} of them are not what was sealed: somebody changed the spool\n`);
    return this.#changed > 0 || (this.#keys.size > 0 && this.#missing.size > 0) ? 1 : 0;
  }

  get count(): number {
    return this.#changed + [...this.#missing.values()].reduce((sum, count) => sum + count, 0);
  }
}

interface Asked {
  readonly only: string | undefined;
  readonly keys: RejectsKeys;
  readonly json: boolean;
}

/** The records go the way of new ones; what can be read now becomes an access and leaves the list. */
async function replay(context: Context, { only, keys, json }: Asked, io: Io): Promise<0 | 1> {
  await using held = await holdForFilling(context, io.signal);
  await using pipeline = await startPipeline(context, { store: held.store });
  const names = new Set<string>();
  for (const { source } of pipeline.spool.rejects(only)) names.add(source);
  const shut = new Shut(keys);
  let tried = 0;
  let readNow = 0;
  for (const name of names) {
    const one = await replaySource(context, name, { pipeline, shut }, io);
    tried += one.tried;
    readNow += one.readNow;
  }
  await pipeline.drained(io.signal);
  const left = tried - readNow;
  const said = { tried, read_now: readNow, unreadable: left };
  io.out.write(json ? `${JSON.stringify(said)}\n` : `${tried} tried, ${readNow} read now, ${left} still unreadable\n`);
  shut.say(io);
  return left === 0 && shut.count === 0 ? 0 : 1;
}

async function replaySource(
  context: Context,
  source: string,
  { pipeline, shut }: { pipeline: Pipeline; shut: Shut },
  { err, signal }: Io,
) {
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
  for (const kept of spool.rejects(source)) {
    const reject = shut.opened(kept);
    if (!reject) continue;
    tried += 1;
    if (!edge || read(edge.parser, reject.raw, reject.seenAt) instanceof Unreadable) continue;
    edge.intake.take([{ raw: reject.raw, offset: 0 }], reject.position, () => reject.seenAt);
    readable.push(kept);
    if (edge.intake.isFull) await flush(edge.intake);
  }
  if (edge) await flush(edge.intake);
  return { tried, readNow };
}

/** `found`: the record, where it could be opened. */
function jsonLine(kept: StoredReject, found: Reject | undefined): string {
  const { source, position, reason, seenAt } = kept;
  const said = { source, position, reason, seen_at: isoOf(seenAt) };
  if (found) return `${JSON.stringify({ ...said, raw: rawText(found.raw) })}\n`;
  const sealed = 'raw' in kept ? undefined : { key: kept.key, bytes: kept.bytes };
  return `${JSON.stringify({ ...said, sealed })}\n`;
}

function plainLine(kept: StoredReject, found: Reject | undefined): string {
  const { source, position, reason } = kept;
  const bytes = 'raw' in kept ? kept.raw.length : kept.bytes;
  if (!found) return `${source} ${position}: ${reason} (${bytes} bytes, sealed)\n`;
  const shown = JSON.stringify(found.raw.subarray(0, shownBytesMax).toString('utf8'));
  return `${source} ${position}: ${reason} (${bytes} bytes) ${shown}${bytes > shownBytesMax ? '…' : ''}\n`;
}
