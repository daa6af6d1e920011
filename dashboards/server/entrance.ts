/** How a session begins, is asked about and ends: `/api/session`. */
import cookie from '@fastify/cookie';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { isoOf } from '../../core/time.ts';
import type { SessionView } from './api.ts';
import { entriesPerMinuteMax } from './guard.ts';
import { refuse, refuseStranger } from './refuse.ts';
import { type Session, type Sessions, sessionAgeMsMax } from './sessions.ts';

const entry = z.strictObject({ token: z.string().min(1).max(100) });

export interface Entrance {
  readonly sessions: Sessions;
  readonly firm: SessionView['firm'];
  readonly origins: () => readonly [string, ...string[]];
}

/** Gives back how a request's session is found. */
export async function openEntrance(
  app: FastifyInstance,
  { sessions, firm, origins }: Entrance,
): Promise<(request: FastifyRequest) => Session | undefined> {
  await app.register(cookie);
  const secure = () => origins()[0].startsWith('https:');
  // Cookies do not keep ports apart: two Cordons on one machine would sign each other out.
  const name = () => (secure() ? '__Host-cordon' : `cordon-${new URL(origins()[0]).port}`);
  const rules = () => ({ path: '/', httpOnly: true, sameSite: 'strict', secure: secure() }) as const;
  const tokenOf = (request: FastifyRequest) => request.cookies[name()];
  const sessionOf = (request: FastifyRequest) => {
    const token = tokenOf(request);
    return token === undefined ? undefined : sessions.find(token);
  };
  const view = (session: Session): SessionView => ({ firm, ends_at: isoOf(session.endsAt) });

  const limit = { rateLimit: { max: entriesPerMinuteMax, timeWindow: 60_000 } };
  app.post('/api/session', { config: limit }, async (request, reply) => {
    const body = entry.safeParse(request.body);
    const token = body.success ? sessions.enter(body.data.token) : undefined;
    const session = token === undefined ? undefined : sessions.find(token);
    if (token === undefined || !session) {
      return refuse(reply, 401, 'LINK_SPENT', 'This link was used already, is too old, or never was one.');
    }
    reply.setCookie(name(), token, { ...rules(), maxAge: sessionAgeMsMax / 1_000 });
    return view(session);
  });

  app.get('/api/session', async (request, reply) => {
    const session = sessionOf(request);
    return session ? view(session) : refuseStranger(reply);
  });

  app.delete('/api/session', async (request, reply) => {
    const token = tokenOf(request);
    if (token !== undefined) sessions.end(token);
    return reply.clearCookie(name(), rules()).code(204).send();
  });

  return sessionOf;
}
