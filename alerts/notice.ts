/** What a message about an alert says, before it has a form: counts, names of people and aliases of clients; no object's name. */
import type { Candidate } from '../core/alert.ts';
import { type Access, type Action, type Instant, type TenantId, unattributed } from '../core/types.ts';
import type { Say } from './decide.ts';

/** How the actor stood to the client when it happened, as it was known then. */
const standings = ['unassigned', 'ended', 'recorded-late', 'barred', 'assigned', 'unknown'] as const;
export type Standing = (typeof standings)[number];

type Thing = 'document' | 'folder' | 'table' | 'object';

/** One kind of act on one kind of thing. */
export interface Act {
  readonly action: Action;
  readonly thing: Thing;
  /** Whether it was tried and not allowed (or failed). */
  readonly refused: boolean;
  /** Distinct objects, and accesses. */
  readonly objects: number;
  readonly accesses: number;
}

export interface ClientPart {
  /** What leaves the boundary instead of a name or id. */
  readonly alias: string;
  readonly standing: Standing;
  /** Most objects first. */
  readonly acts: readonly Act[];
}

export interface Notice {
  readonly candidate: Candidate;
  /** 1 for the first message about this alert, and one more for each that follows. */
  readonly version: number;
  readonly say: Exclude<Say, 'quiet'>;
  /** When this version is said: the message's date. */
  readonly at: Instant;
  /** The name the directory has, else what the source recorded; a crowd has none. */
  readonly who: string | undefined;
  /** People behind it: one, or the crowd's. */
  readonly people: number;
  /** The ones nothing explains first. */
  readonly clients: readonly ClientPart[];
  readonly first: Instant;
  readonly last: Instant;
  /** Of the actor's office. */
  readonly zone: string;
  /** The page that shows it; absent when nothing serves pages. */
  readonly page: string | undefined;
  /** How `cordon` is called where the reader will paste it, e.g. `cordon` or `npx cordon`. */
  readonly program: string;
  /** `--config` for the commands; absent when the default is meant. */
  readonly config: string | undefined;
  /** For the foot: each detector's statistic in one sentence. */
  readonly statistics: readonly string[];
}

/** Answers that only the directory, the facts and the store have. */
export interface NoticeParts extends Pick<Notice, 'version' | 'say' | 'at' | 'zone' | 'page' | 'program' | 'config'> {
  /** Those named by the candidate; at most as many as the store was asked for. */
  readonly accesses: readonly Access[];
  readonly nameOf: (actor: string) => string | undefined;
  readonly aliasOf: (tenant: string) => string;
  readonly standingOf: (tenant: string) => Standing;
  readonly statisticOf: (detector: string) => string | undefined;
}

export function composeNotice(candidate: Candidate, parts: NoticeParts): Notice {
  const { accesses, aliasOf, standingOf, nameOf, statisticOf } = parts;
  const times = accesses.map(({ at }) => Date.parse(at));
  const raised = Date.parse(candidate.raised_at);
  const clients = candidate.tenants
    .map((tenant) => ({
      alias: tenant === unattributed ? 'unknown' : aliasOf(tenant),
      standing: standingOf(tenant),
      acts: actsOf(accesses.filter((access) => access.tenant === (tenant as TenantId))),
    }))
    .sort((a, b) => standings.indexOf(a.standing) - standings.indexOf(b.standing) || amount(b) - amount(a));
  const actors = new Set(accesses.map(({ actor, account }) => actor ?? account));
  const alias = (sentence: string) => aliased(sentence, candidate.tenants, aliasOf);
  return {
    candidate: { ...candidate, because: candidate.because.map(alias), unknown: candidate.unknown.map(alias) },
    version: parts.version,
    say: parts.say,
    at: parts.at,
    who: candidate.actor === null ? undefined : (nameOf(candidate.actor) ?? candidate.actor),
    people: candidate.actor === null ? actors.size : 1,
    clients,
    // Accesses that could not be read must not stop the message.
    first: times.reduce((a, b) => Math.min(a, b), times[0] ?? raised),
    last: times.reduce((a, b) => Math.max(a, b), times[0] ?? raised),
    zone: parts.zone,
    page: parts.page,
    program: parts.program,
    config: parts.config,
    statistics: candidate.detectors.flatMap((name) => statisticOf(name) ?? []),
  };
}

const amount = ({ acts }: ClientPart): number => acts.reduce((sum, { accesses }) => sum + accesses, 0);

function actsOf(accesses: readonly Access[]): Act[] {
  const groups = new Map<string, { act: Omit<Act, 'objects' | 'accesses'>; objects: Set<string>; accesses: number }>();
  for (const access of accesses) {
    const act = { action: access.action, thing: thingOf(access), refused: access.outcome !== 'success' };
    const key = `${act.action} ${act.thing} ${act.refused}`;
    const group = groups.get(key) ?? { act, objects: new Set(), accesses: 0 };
    group.objects.add(access.object ?? access.id);
    group.accesses += 1;
    groups.set(key, group);
  }
  return [...groups.values()]
    .map(({ act, objects, accesses: count }) => ({ ...act, objects: objects.size, accesses: count }))
    .sort((a, b) => Number(a.refused) - Number(b.refused) || b.objects - a.objects || a.action.localeCompare(b.action));
}

function thingOf(access: Access): Thing {
  if (access.class === 'database') return 'table';
  if (access.class !== 'file' && access.class !== 'collaboration') return 'object';
  return access.action === 'list' || access.object_kind === 'folder' ? 'folder' : 'document';
}

/** A client's id often is its name, so where a detector wrote one, the alias takes its place. */
function aliased(sentence: string, tenants: readonly string[], aliasOf: (tenant: string) => string): string {
  let text = sentence;
  for (const tenant of tenants) {
    if (tenant === unattributed) continue;
    text = text.replace(new RegExp(`(?<![\\w-])${tenant}(?![\\w-])`, 'g'), () => aliasOf(tenant));
  }
  return text;
}
