/** Telling people: candidates → budget → notices → mail, each message recorded before the next is sent. */
import { type AlertNow, announce } from '../alerts/announce.ts';
import { spend } from '../alerts/budget.ts';
import { isMuted, mutesOf, stateAt } from '../alerts/mute.ts';
import { composeNotice, type Notice } from '../alerts/notice.ts';
import type { Notifier } from '../alerts/notifier.ts';
import { Rests } from '../alerts/rests.ts';
import type { AlertEvent, Candidate } from '../core/alert.ts';
import type { Directory } from '../core/directory/directory.ts';
import type { Explainer } from '../core/explain.ts';
import { isoOf } from '../core/time.ts';
import { type Access, type ActorId, type Instant, type TenantId, tenantId } from '../core/types.ts';
import type { Store } from '../store/index.ts';
import { accessesByIds } from '../store/queries/accesses-by-ids.ts';
import { addAlertEvents, alertEvents } from '../store/queries/alert-states.ts';
import { all as allRows } from '../store/query.ts';
import type { Context } from './context.ts';
import type { SaidBook } from './said-log.ts';
import { standingOf } from './standing.ts';

/** An alert of an imported history is listed, not mailed: it is no news. */
const newsMs = 7 * 86_400_000;
/** Read for one message; the page shows the rest. */
const accessesMax = 2_000;

export interface TellerDeps {
  readonly context: Context;
  readonly store: Store;
  readonly notifiers: readonly Notifier[];
  readonly said: SaidBook;
  readonly explainer: () => Explainer;
  /** The address of an alert's page; `undefined` when nothing serves pages. */
  readonly pageOf: (alert: string) => string | undefined;
  /** How `cordon` is called where a mail's reader will paste its commands. */
  readonly program: string;
  readonly now?: () => Instant;
  readonly onSent?: (notice: Notice) => void;
}

export class Teller {
  readonly #deps: TellerDeps;
  readonly #said: SaidBook;
  #isKnown = false;
  readonly #now: () => Instant;
  readonly #rests = new Rests();

  constructor(deps: TellerDeps) {
    this.#deps = deps;
    this.#said = deps.said;
    this.#now = deps.now ?? Date.now;
  }

  /** Another process tells: what it says is read when it is this one's turn again. */
  rest(): void {
    this.#isKnown = false;
  }

  /** Tells what the budget lets through of all there is; what was told before is known and stays an alert. */
  async tick(candidates: readonly Candidate[], signal: AbortSignal): Promise<void> {
    const { context, store, notifiers, onSent } = this.#deps;
    const { config, log } = context;
    if (candidates.length === 0) return;
    if (!this.#isKnown) await this.#said.refresh(signal);
    this.#isKnown = true;
    const events = await alertEvents(store.firm('read'), signal);
    const all = alertsOf(candidates, context, events);
    const opened = all.filter(({ id }) => !events.has(id)).map(openedNow);
    await addAlertEvents(store.firm('judge'), opened, signal);
    const alerts = all
      .filter(({ raised_at }) => this.#now() - Date.parse(raised_at) <= newsMs)
      .map(
        (candidate): AlertNow => ({
          candidate,
          state: stateAt(events.get(candidate.id)?.at(-1), isoOf(this.#now())),
          said: this.#said.of(candidate.id),
        }),
      );
    await announce(alerts, {
      routes: config.alerts.routes,
      otherwise: config.mail?.to ?? [],
      notifiers: notifiers.map((notifier) => hearing(notifier, onSent)),
      compose: (candidate, saying) => this.#compose(candidate, saying, signal),
      record: (alert, said) => this.#said.add(alert, said, signal),
      rests: this.#rests,
      now: this.#now,
      log,
      signal,
    });
  }

  async #compose(candidate: Candidate, saying: Pick<Notice, 'version' | 'say' | 'at'>, signal: AbortSignal) {
    const { context, store, explainer, pageOf, program } = this.#deps;
    const { directory, config } = context;
    const accesses = await accessesOf(store, candidate, signal);
    const known = explainer();
    return composeNotice(candidate, {
      ...saying,
      accesses,
      zone: zoneOf(directory, candidate.actor),
      page: pageOf(candidate.id),
      program,
      config: config.file,
      nameOf: (actor) => nameOf(directory, actor),
      aliasOf: (tenant) => aliasOf(directory, tenant),
      standingOf: (tenant) =>
        standingOf(
          known,
          candidate.actor,
          tenant,
          accesses.filter((one) => one.tenant === tenant),
          this.#now(),
        ),
      statisticOf: (name) =>
        context.rules.detectors.find((detector) => detector.name === name)?.statistic(context.rules.of(name).settings),
    });
  }
}

/** From here on it is an alert, with a history of its own. */
const openedNow = ({ id, raised_at }: Candidate): AlertEvent => ({
  alert: id,
  at: raised_at,
  state: 'open',
  by: 'cordon',
  reason: 'within the budget',
});

/** What the budget lets through, oldest first. What became an alert once stays one; what is like one that is muted becomes none. */
export function alertsOf(
  candidates: readonly Candidate[],
  { directory, config }: Pick<Context, 'directory' | 'config'>,
  events: ReadonlyMap<string, readonly AlertEvent[]>,
): Candidate[] {
  const inOrder = [...candidates].sort((a, b) =>
    a.raised_at < b.raised_at ? -1 : a.raised_at > b.raised_at ? 1 : a.id < b.id ? -1 : 1,
  );
  const mutes = mutesOf(candidates, events);
  const rules = {
    staff: directory.people.size,
    budget_per_day_per_1000: config.alerts.budget_per_day_per_1000,
    muted: (candidate: Candidate) => isMuted(candidate, mutes),
  };
  return spend(inOrder, rules)
    .verdicts.filter(({ alert, candidate }) => alert || events.has(candidate.id))
    .map(({ candidate }) => candidate);
}

/** Each client's accesses as that client's own reader. */
async function accessesOf(store: Store, { tenants, accesses }: Candidate, signal: AbortSignal): Promise<Access[]> {
  const ids = accesses.slice(0, accessesMax);
  const found: Access[] = [];
  for (const tenant of tenants) {
    const client = store.client('read', tenantId(tenant));
    found.push(...(await allRows(client, accessesByIds, { ids, limit: accessesMax }, signal)));
  }
  return found;
}

/** Tells of each message that was sent. */
function hearing(notifier: Notifier, onSent: TellerDeps['onSent']): Notifier {
  return {
    name: notifier.name,
    async notify(notice, to, signal) {
      const delivery = await notifier.notify(notice, to, signal);
      onSent?.(notice);
      return delivery;
    },
  };
}

function zoneOf({ people, offices, firm }: Directory, actor: string | null): string {
  const office = actor === null ? undefined : people.get(actor as ActorId)?.office;
  return (office === undefined ? undefined : offices.get(office)?.time_zone) ?? firm.time_zone;
}

const nameOf = ({ people, services }: Directory, actor: string): string | undefined =>
  people.get(actor as ActorId)?.name ?? services.get(actor as ActorId)?.name;

const aliasOf = ({ clients }: Directory, tenant: string): string => clients.get(tenant as TenantId)?.alias ?? tenant;
