/** Makes an alert readable: finds the accesses behind it and writes its sentence. */
import type { Candidate } from '../../core/alert.ts';
import { closed } from '../../core/sentence.ts';
import { type Access, type ActorId, actorId, type TenantId, tenantId } from '../../core/types.ts';
import type { Entry } from './alert-book.ts';
import type { AccessLine, AlertLine, AlertView } from './api.ts';
import { accessesPerAlert, type Span } from './desk.ts';
import type { Names } from './names.ts';
import { alertSentence } from './sentence.ts';

const dayMs = 86_400_000;
/** How far before its own day a slow alert's accesses are looked for. */
const lookBackDays = 90;
/** Read of one client to find them. */
const readMax = 20_000;
/** Clients that are asked; a crowd's or a silence's alert may name many. */
const clientsAskedMax = 8;
const sentencesKeptMax = 1_000;

export interface AlertTellerDeps {
  readonly names: Names;
  /** People and services: a score is about one of them, and an alert about all. */
  readonly staff: number;
  readonly lineOf: (access: Access) => AccessLine;
  /** In order of time, as that client's reader. */
  readonly accesses: (tenant: TenantId, span: Span, limit: number, signal: AbortSignal) => Promise<readonly Access[]>;
}

export interface AlertTeller {
  line(entry: Entry, signal: AbortSignal): Promise<AlertLine>;
  view(entry: Entry, signal: AbortSignal): Promise<AlertView>;
}

export function createAlertTeller(deps: AlertTellerDeps): AlertTeller {
  const { names, staff } = deps;
  const kept = new Map<string, string>();
  const lineWith = ({ candidate, state }: Entry, sentence: string): AlertLine => ({
    id: candidate.id,
    raised_at: candidate.raised_at,
    state,
    severity: candidate.severity,
    sentence,
    once_in_days: onceInDays(candidate, staff),
    actor: candidate.actor === null ? undefined : { id: candidate.actor, name: names.actor(candidate.actor) },
    clients: candidate.tenants.map((id) => ({ id, name: names.client(id)?.name ?? id })),
    accesses: candidate.accesses.length,
  });
  const sentenceOf = (candidate: Candidate, listed: readonly AccessLine[]) => {
    const sentence = alertSentence(candidate, listed, names);
    kept.set(keyOf(candidate), sentence);
    const [oldest] = kept.keys();
    if (kept.size > sentencesKeptMax && oldest !== undefined) kept.delete(oldest);
    return sentence;
  };
  return {
    async line(entry, signal) {
      const { candidate } = entry;
      const sentence = kept.get(keyOf(candidate));
      return lineWith(entry, sentence ?? sentenceOf(candidate, await accessesBehind(candidate, deps, signal)));
    },
    async view(entry, signal) {
      const { candidate, history } = entry;
      const found = await accessesBehind(candidate, deps, signal);
      return {
        ...lineWith(entry, sentenceOf(candidate, found)),
        because: candidate.because.map(sentenceCase),
        unknown: candidate.unknown.map(sentenceCase),
        detectors: candidate.detectors,
        history,
        listed: found.slice(0, accessesPerAlert),
      };
    },
  };
}

/** It grows with its accesses, and its sentence with it. */
const keyOf = ({ id, accesses, because }: Candidate): string => `${id} ${accesses.length} ${because[0]}`;

const sentenceCase = (text: string): string => closed(text.slice(0, 1).toUpperCase() + text.slice(1));

/** A score is −log10 of the share of one person's days; a breached fact has no such share. */
function onceInDays({ score, severity }: Candidate, staff: number): number | undefined {
  return severity === 'critical' ? undefined : 10 ** Math.min(score, 12) / Math.max(1, staff);
}

/** On its own day first; one that took weeks has the rest before. In order of time. */
async function accessesBehind(
  { tenants, day, actor, accesses }: Candidate,
  { accesses: read, lineOf }: AlertTellerDeps,
  signal: AbortSignal,
): Promise<AccessLine[]> {
  if (accesses.length === 0) return [];
  const wanted = new Set(accesses);
  const midnight = Date.parse(`${day}T00:00:00Z`);
  const looks = [
    { from: midnight, until: midnight + dayMs },
    { from: midnight - lookBackDays * dayMs, until: midnight },
  ];
  const found = new Map<string, AccessLine>();
  for (const look of looks) {
    for (const tenant of tenants.slice(0, clientsAskedMax)) {
      if (found.size >= wanted.size) break;
      const span = { ...look, actor: actorOf(actor) };
      for (const access of await read(tenantId(tenant), span, readMax, signal)) {
        if (wanted.has(access.id)) found.set(access.id, lineOf(access));
      }
    }
  }
  return [...found.values()].sort((a, b) => (a.at + a.id < b.at + b.id ? -1 : 1));
}

const actorOf = (actor: string | null): ActorId | undefined => (actor === null ? undefined : actorId(actor));
