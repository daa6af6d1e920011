/**
 * One-time links and the sessions they open, in memory: a restart ends them all. Only hashes of tokens are kept, so
 * neither a heap dump nor a comparison's timing gives one away.
 */
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Instant } from '../../core/types.ts';
import type { Viewer } from './policy.ts';

/** A link nobody followed. */
export const linkAgeMsMax = 15 * 60_000;
/** A session nobody uses. */
export const idleMsMax = 30 * 60_000;
/** A session however it is used. */
export const sessionAgeMsMax = 8 * 3_600_000;
const tokenBytes = 32;
/** The oldest goes when there is one more. */
const linksMax = 64;
const sessionsMax = 256;

export interface Session {
  /** Names it in logs; opens nothing. */
  readonly id: string;
  readonly viewer: Viewer;
  readonly endsAt: Instant;
}

interface Held<T> {
  readonly digest: Buffer;
  readonly value: T;
  /** Moves with use, for a session. */
  diesAt: Instant;
}

export interface Sessions {
  /** A token for one link: 256 bits, base64url. */
  link(viewer: Viewer): string;
  /** Uses the link up. Its session's token, or `undefined` for a link that is unknown, used or too old. */
  enter(token: string): string | undefined;
  /** The session, kept alive by being asked for. */
  find(token: string): Session | undefined;
  end(token: string): void;
}

export function createSessions(now: () => Instant = Date.now): Sessions {
  const links: Held<Viewer>[] = [];
  const sessions: Held<Session>[] = [];
  return {
    link: (viewer) => hold(links, linksMax, viewer, now() + linkAgeMsMax),
    enter(token) {
      const link = taken(links, token, now());
      if (!link) return undefined;
      const at = now();
      return hold(
        sessions,
        sessionsMax,
        { id: randomBytes(6).toString('hex'), viewer: link.value, endsAt: at + sessionAgeMsMax },
        at + idleMsMax,
      );
    },
    find(token) {
      const session = found(sessions, token, now());
      if (!session) return undefined;
      session.diesAt = Math.min(now() + idleMsMax, session.value.endsAt);
      return session.value;
    },
    end(token) {
      taken(sessions, token, now());
    },
  };
}

const digestOf = (token: string): Buffer => hash('sha256', token, 'buffer');

function hold<T>(all: Held<T>[], max: number, value: T, diesAt: Instant): string {
  const token = randomBytes(tokenBytes).toString('base64url');
  all.push({ digest: digestOf(token), value, diesAt });
  if (all.length > max) all.shift();
  return token;
}

function found<T>(all: Held<T>[], token: string, at: Instant): Held<T> | undefined {
  const digest = digestOf(token);
  let match: Held<T> | undefined;
  // No early end: how long it takes says nothing about which one matched.
  for (const held of all) if (timingSafeEqual(held.digest, digest)) match = held;
  return match && at < match.diesAt ? match : undefined;
}

function taken<T>(all: Held<T>[], token: string, at: Instant): Held<T> | undefined {
  const held = found(all, token, at);
  if (held) all.splice(all.indexOf(held), 1);
  return held;
}
