/** One plain sentence about an alert: who did what to which client, and what is wrong with it. Inside, clients have names. */
import type { Candidate } from '../../core/alert.ts';
import { pastTense } from '../../core/past-tense.ts';
import { closed, listed } from '../../core/sentence.ts';
import type { AccessLine } from './api.ts';
import type { Names } from './names.ts';

/** Named in a sentence; more are counted. */
const clientsNamedMax = 3;

/** `accesses`: those behind it, as far as they were found. */
export function alertSentence(candidate: Candidate, accesses: readonly AccessLine[], names: Names): string {
  const [because = 'An alert was raised'] = candidate.because;
  if (accesses.length === 0)
    return closed(candidate.actor === null ? because : `${names.actor(candidate.actor)}: ${because}`);
  const clients = [...new Set(accesses.map(({ tenant }) => names.client(tenant)?.name ?? tenant))];
  const unexplained = accesses.every(({ explained_by }) => explained_by === null);
  // A breached fact says more than that nothing explains it.
  const wrong = unexplained && candidate.severity !== 'critical' ? 'no assignment explains it' : because;
  return closed(
    `${whoOf(candidate, accesses, names)} ${deedOf(accesses)} of ${listed(clients, clientsNamedMax)}; ${wrong}`,
  );
}

function whoOf({ actor }: Candidate, accesses: readonly AccessLine[], names: Names): string {
  if (actor !== null) return names.actor(actor);
  const people = new Set(accesses.map(({ who }) => who));
  const [only] = people;
  return people.size === 1 && only !== undefined ? only : `${people.size} people`;
}

/** What was done to most objects; what was refused is said only when all of it was. */
function deedOf(accesses: readonly AccessLine[]): string {
  const done = accesses.filter(({ outcome }) => outcome === 'success');
  const told = done.length > 0 ? done : accesses;
  const groups = new Map<string, { first: AccessLine; objects: Set<string> }>();
  for (const access of told) {
    const group = groups.get(access.action) ?? { first: access, objects: new Set() };
    group.objects.add(access.object ?? access.id);
    groups.set(access.action, group);
  }
  const [most] = [...groups.values()].sort((a, b) => b.objects.size - a.objects.size);
  if (!most) return 'did something';
  const { first, objects } = most;
  const things = `${objects.size.toLocaleString('en')} ${thingOf(first)}${objects.size === 1 ? '' : 's'}`;
  return done.length > 0 ? `${pastTense[first.action]} ${things}` : `was refused ${things} (${first.action})`;
}

function thingOf({ class: kind, action, object_kind }: AccessLine): string {
  if (kind === 'database') return 'table';
  if (kind !== 'file' && kind !== 'collaboration') return 'object';
  return action === 'list' || object_kind === 'folder' ? 'folder' : 'document';
}
