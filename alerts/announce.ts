/** One tick of telling people: decides for each alert, writes the notice, sends it, and only then records it as said. */
import type { AlertState, Candidate } from '../core/alert.ts';
import { isFault } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { Instant } from '../core/types.ts';
import { type DecidePolicy, decide, decidePolicy, type Said, type Say } from './decide.ts';
import { type DeliverLimits, deliver, deliverLimits } from './deliver.ts';
import type { Notice } from './notice.ts';
import type { Notifier } from './notifier.ts';
import { Rests } from './rests.ts';
import { type Route, route } from './route.ts';

/** Sent in one tick; the rest waits for the next, in the order given. */
const messagesPerTickMax = 200;

export interface AlertNow {
  readonly candidate: Candidate;
  readonly state: AlertState;
  readonly said: Said | undefined;
}

export interface AnnounceDeps {
  readonly routes: readonly Route[];
  /** Who gets what no route names: `mail.to`. */
  readonly otherwise: readonly string[];
  readonly notifiers: readonly Notifier[];
  readonly compose: (
    candidate: Candidate,
    said: { readonly version: number; readonly say: Exclude<Say, 'quiet'>; readonly at: Instant },
  ) => Promise<Notice>;
  /** Must be durable before it resolves. A crash between sending and this sends the same Message-ID once more. */
  readonly record: (alert: string, said: Said) => Promise<void>;
  /** Of the ticks before: what could not be delivered waits longer each time. */
  readonly rests?: Rests;
  readonly now: () => Instant;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly policy?: DecidePolicy;
  readonly limits?: DeliverLimits;
}

export interface Announced {
  readonly sent: number;
  readonly quiet: number;
  /** Not delivered, not recorded: tried again after a rest. */
  readonly failed: number;
  /** Nobody is to be told: no route fits. */
  readonly unrouted: number;
}

export async function announce(alerts: readonly AlertNow[], deps: AnnounceDeps): Promise<Announced> {
  const { routes, log, now, policy = decidePolicy, rests = new Rests() } = deps;
  const totals = { sent: 0, quiet: 0, failed: 0, unrouted: 0 };
  // What cannot be reached is not tried again for each alert of the tick.
  const unreachable = new Set<string>();
  for (const { candidate, state, said } of alerts) {
    deps.signal.throwIfAborted();
    if (totals.sent + totals.failed >= messagesPerTickMax) break;
    const at = now();
    const { say, reason } = decide(candidate, state, said, at, policy);
    if (say === 'quiet' || rests.rests(candidate.id, at)) {
      totals.quiet += 1;
      continue;
    }
    const to = route(candidate, routes, deps.otherwise);
    if (to.length === 0) {
      totals.unrouted += 1;
      // Said again after a rest, not at every tick. Only the saying rests: a severity that rises may find a route at once.
      const saying = `unrouted ${candidate.id}`;
      if (!rests.rests(saying, at)) {
        rests.failed(saying, at);
        log.warn({ alert: candidate.id, severity: candidate.severity }, 'no route fits this alert; nobody was told');
      }
      continue;
    }
    const version = (said?.version ?? 0) + 1;
    const notice = await deps.compose(candidate, { version, say, at });
    if (await sendBy(deps, notice, to, unreachable)) {
      totals.sent += 1;
      log.info({ alert: candidate.id, version, say, reason, to: to.length }, 'alert sent');
      await deps.record(candidate.id, saidNow(candidate, said, version, say, at));
      rests.delivered(candidate.id);
    } else {
      totals.failed += 1;
      const restMs = rests.failed(candidate.id, at);
      log.error({ alert: candidate.id, version, restMs }, 'alert not sent; it is tried again after a rest');
    }
  }
  return totals;
}

/** True once any notifier brought it to somebody. */
async function sendBy(
  { notifiers, log, signal, limits = deliverLimits }: AnnounceDeps,
  notice: Notice,
  to: readonly string[],
  unreachable: Set<string>,
): Promise<boolean> {
  let told = false;
  for (const notifier of notifiers) {
    if (unreachable.has(notifier.name)) continue;
    try {
      const { accepted } = await deliver(notice, to, notifier, { log, signal, limits });
      told ||= accepted > 0;
    } catch (error) {
      if (signal.aborted || !isFault(error)) throw error;
      if (error.retry) unreachable.add(notifier.name);
      log.error(
        { notifier: notifier.name, alert: notice.candidate.id, code: error.code, ...error.about },
        'not delivered',
      );
    }
  }
  return told;
}

function saidNow(candidate: Candidate, said: Said | undefined, version: number, say: Say, at: Instant): Said {
  return {
    at,
    version,
    reminders: say === 'reminder' ? (said?.reminders ?? 0) + 1 : 0,
    severity: candidate.severity,
    // Evidence never becomes news again by having been left out once.
    accesses: new Set([...(said?.accesses ?? []), ...candidate.accesses]),
  };
}
