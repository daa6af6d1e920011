/** `cordon alerts`: what the budget let through, what people did with it, and, on request, all that the judge said. */
import { stateAt } from '../alerts/mute.ts';
import type { AlertEvent, AlertState, Candidate } from '../core/alert.ts';
import { Fault } from '../core/errors.ts';
import { formatInZone, isoOf } from '../core/time.ts';
import type { Store } from '../store/index.ts';
import { addAlertEvents, alertEvents } from '../store/queries/alert-states.ts';
import { candidatesOf } from '../store/queries/candidates.ts';
import { type Answer, answered, callers } from './alert-answer.ts';
import { command, type Io } from './command.ts';
import { type Context, loadContext, storeOf, tenantNamed } from './context.ts';
import { rangeOf, rangeOptions } from './range.ts';
import { alertsOf } from './telling.ts';

const states: Readonly<Record<string, AlertState>> = { ack: 'acknowledged', close: 'closed', mute: 'muted' };
const all = { from: '1970-01-01', until: '2149-01-01' };

export const alerts = command({
  name: 'alerts',
  examples: [
    'cordon alerts --from -7d',
    'cordon alerts --candidates --json > candidates.jsonl  # all that the judge said, before the budget',
    'cordon alerts close 43aa36c94b1c52a1 --reason "explained: data room of M-2160"',
    'cordon alerts mute 43aa36c94b1c52a1 --until +30d --reason "audit of the branch"',
  ],
  positionals: '[ack|close|mute ID]',
  options: {
    ...rangeOptions,
    candidates: { type: 'boolean', help: 'all, before the budget' },
    tenant: { type: 'string', value: 'CLIENT', help: 'only what concerns this client' },
    actor: { type: 'string', value: 'ID', help: 'only what this person or service did' },
    reason: {
      type: 'string',
      value: 'TEXT',
      help: 'why; to close: malicious, policy or mistake, or explained: WHICH FACT, duplicate or test',
    },
    until: { type: 'string', value: 'TIME', help: 'when a mute ends: a date, or +30d' },
  },

  async run({ values, positionals: [verb, id, ...more] }, io) {
    const context = loadContext(values, io);
    const state = verb === undefined ? undefined : states[verb];
    if ((verb !== undefined && (state === undefined || id === undefined)) || more.length > 0) {
      throw new Fault('USAGE', 'write `cordon alerts`, or `cordon alerts ack|close|mute ID --reason TEXT`');
    }
    const tenant = values.tenant === undefined ? undefined : tenantNamed(context, values.tenant);
    const { days } = rangeOf(values, context);
    await using store = await storeOf(context, 'attach', io.signal);
    if (state !== undefined && id !== undefined) {
      await answer(context, store, { id, state, reason: values.reason, until: values.until }, io);
      return 0;
    }
    const asked = ({ actor, tenants }: Candidate): boolean =>
      (values.actor === undefined || actor === values.actor) && (tenant === undefined || tenants.includes(tenant));
    const found = (await candidatesOf(store.firm('read'), days, io.signal)).filter(asked);
    const events = await alertEvents(store.firm('read'), io.signal);
    const shown = values.candidates === true ? found : alertsOf(found, context, events);
    for (const candidate of shown) {
      io.out.write(
        values.json === true
          ? jsonLine(candidate, values.candidates === true, events)
          : inWords(candidate, context, events),
      );
    }
    if (values.json !== true) io.err.write(`${shown.length} ${values.candidates === true ? 'candidates' : 'alerts'}\n`);
    return 0;
  },
});

/** An answer is added to the alert's history, never put in place of what was there. */
async function answer(
  { directory }: Context,
  store: Store,
  { id, ...answer }: Answer & { readonly id: string },
  io: Io,
): Promise<void> {
  const candidate = (await candidatesOf(store.firm('read'), all, io.signal)).find((one) => one.id === id);
  if (!candidate) throw new Fault('NOT_FOUND', `there is no alert ${id}; \`cordon alerts\` lists them`);
  const event = answered(candidate, answer, { directory, by: callers(io), now: Date.now() });
  await addAlertEvents(store.firm('judge'), [event], io.signal);
  const until = event.until === undefined ? '' : ` until ${event.until}`;
  io.out.write(`${id} is ${event.state}${until}: ${event.reason}\n`);
}

type Events = ReadonlyMap<string, readonly AlertEvent[]>;

const stateOf = ({ id }: Candidate, events: Events): AlertState => stateAt(events.get(id)?.at(-1), isoOf(Date.now()));

/** A candidate has exactly the fields of the contract; an alert has its state and history besides. */
function jsonLine(candidate: Candidate, plain: boolean, events: Events): string {
  const more = plain ? {} : { state: stateOf(candidate, events), history: events.get(candidate.id) ?? [] };
  return `${JSON.stringify({ ...candidate, ...more })}\n`;
}

function inWords(candidate: Candidate, { directory }: Context, events: Events): string {
  const { id, raised_at, actor, score, severity, tenants, because } = candidate;
  const person = [...directory.people.values(), ...directory.services.values()].find((one) => one.id === actor);
  const who = actor === null ? 'several people' : (person?.name ?? actor);
  const when = formatInZone(Date.parse(raised_at), directory.firm.time_zone);
  const lines = because.map((sentence) => `    ${sentence}\n`).join('');
  return `${id}  ${when}  ${severity}, score ${score.toFixed(1)}, ${stateOf(candidate, events)}\n  ${who}: ${tenants.join(', ')}\n${lines}`;
}
