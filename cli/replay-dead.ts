/** `cordon replay-dead`: the batches that were refused, and sending them again after a fix. */
import type { BatchHeader, TenantId } from '../core/types.ts';
import { openKafkaDead } from '../ingest/bus/kafka-dead.ts';
import { LandLog } from '../ingest/land-log.ts';
import { command, type Io } from './command.ts';
import { type Context, loadContext, tenantNamed } from './context.ts';
import { holdForFilling, landsHere, startPipeline } from './pipeline.ts';
import { printable } from './printable.ts';
import { clustersOf } from './topics.ts';

/** Under way at a time. */
const atOnceMax = 64;

interface Letter {
  readonly tenant: string;
  readonly collector: string;
  readonly seq: number | string;
  readonly reason: string;
}

export const replayDead = command({
  name: 'replay-dead',
  examples: [
    'cordon replay-dead  # what was refused, and why; nothing is sent',
    'cordon replay-dead --yes  # after a fix: send all of it again',
    'cordon replay-dead --tenant acme --dry-run --json',
  ],
  options: {
    tenant: { type: 'string', value: 'CLIENT', help: 'only this client (default: all)' },
    yes: { type: 'boolean', help: 'send them again; what fails again goes back with its new reason' },
    'dry-run': { type: 'boolean', help: 'only show them, even with --yes' },
  },

  async run({ values }, io) {
    const context = loadContext(values, io);
    const tenants = values.tenant === undefined ? undefined : [tenantNamed(context, values.tenant)];
    const send = values.yes === true && values['dry-run'] !== true;
    const json = values.json === true;
    const told = new Told(json, io);
    const replay = landsHere(context) ? localReplay : kafkaReplay;
    const failed = await replay(context, { tenants, send, told }, io);
    const { count } = told;
    const end = send ? failed.says : count === 0 ? '' : '; nothing was sent: --yes sends them again';
    io.err.write(`${count} dead letters${end}\n`);
    return failed.count === 0 && (send || count === 0) ? 0 : 1;
  },
});

interface Replay {
  /** `undefined`: all there are. */
  readonly tenants: readonly TenantId[] | undefined;
  readonly send: boolean;
  readonly told: Told;
}

interface Failed {
  readonly count: number;
  readonly says: string;
}

class Told {
  readonly #json: boolean;
  readonly #io: Io;
  count = 0;

  constructor(json: boolean, io: Io) {
    this.#json = json;
    this.#io = io;
  }

  show(letter: Letter): void {
    this.count += 1;
    const { tenant, collector, seq, reason } = letter;
    const plain = printable(`${tenant} ${collector === '' ? 'no batch' : `${collector}/${seq}`}: ${reason}`);
    this.#io.out.write(this.#json ? `${JSON.stringify({ tenant, collector, seq, reason })}\n` : `${plain}\n`);
  }
}

/** Kept in the land log until it has landed, so that a kill at any moment leaves it there, or both there and landed: then it lands once. */
async function localReplay(context: Context, { tenants, send, told }: Replay, { signal }: Io): Promise<Failed> {
  if (!send) {
    await using landLog = new LandLog(context.config.data);
    for (const one of lettersIn(landLog, tenants)) told.show(one);
    return { count: 0, says: '' };
  }
  await using held = await holdForFilling(context, signal);
  await using pipeline = await startPipeline(context, { store: held.store });
  const { landLog, bus, lander, failed } = pipeline;
  if (!landLog) return { count: 0, says: '' };
  lander?.hurry();
  const names = [...lettersIn(landLog, tenants)].sort((a, b) => a.seq - b.seq);
  for (const name of names) told.show(name);
  let landed = 0;
  for (let i = 0; i < names.length; i += atOnceMax) {
    const begun = Date.now();
    const batches = names.slice(i, i + atOnceMax).flatMap((name) => landLog.deadBatch(name) ?? []);
    await Promise.race([Promise.all(batches.map((batch) => bus.send(batch, signal))), failed]);
    for (const batch of batches) if (landLog.revive(batch, begun)) landed += 1;
  }
  const left = names.length - landed;
  return { count: left, says: `: ${landed} landed, ${left} were refused again` };
}

/** Without what is in them: all together may be large. */
function* lettersIn(landLog: LandLog, tenants: Replay['tenants']): Generator<BatchHeader & { reason: string }> {
  for (const tenant of tenants ?? [undefined])
    for (const { batch, reason } of landLog.dead(tenant)) yield { ...batch.header, reason };
}

/** The landers say what becomes of them: what fails again is a dead letter again. */
async function kafkaReplay(context: Context, { tenants, send, told }: Replay, { signal }: Io): Promise<Failed> {
  for (const { deps, tenants: theirs } of clustersOf(context)) {
    const chosen = theirs.filter((tenant) => tenants?.includes(tenant) ?? true);
    if (chosen.length === 0) continue;
    await using dead = openKafkaDead(deps, chosen, { keepsPlace: send });
    for await (const letter of dead.letters(signal)) {
      told.show(letter);
      if (send) await letter.resend(signal);
      else letter.skip();
    }
  }
  return { count: 0, says: ': sent again; what is refused again comes back with its new reason' };
}
