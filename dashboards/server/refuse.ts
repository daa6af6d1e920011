/** How the server says no: one shape, and never a word about data that the asker may not see. */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Fault } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { Refusal } from './api.ts';

export function refuse(reply: FastifyReply, status: number, code: string, message: string): FastifyReply {
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .send({ code, message } satisfies Refusal);
}

/** The same words whether it does not exist or may not be seen. */
export const refuseUnknown = (reply: FastifyReply): FastifyReply =>
  refuse(reply, 404, 'NOT_FOUND', 'There is nothing here, or nothing that you may see.');

export const refuseStranger = (reply: FastifyReply): FastifyReply =>
  refuse(reply, 401, 'NO_SESSION', 'This needs a session; open the page by a one-time link.');

/** A fault's own sentence may name a client, so it stays in the log's codes and the asker hears only what to do. */
export function answerErrors(app: FastifyInstance, log: Log): void {
  app.setNotFoundHandler((_, reply) => refuseUnknown(reply));
  app.setErrorHandler((error: FastifyError | Fault, request: FastifyRequest, reply) => {
    if (error instanceof Fault) {
      log.warn({ request: request.id, code: error.code, about: error.about }, 'page not answered');
      if (error.code === 'NOT_FOUND') return refuseUnknown(reply);
      if (error.code === 'USAGE')
        return refuse(reply, 400, 'BAD_QUESTION', 'This address has a part that cannot be read.');
      const message = error.retry
        ? 'The store does not answer; try again in a moment.'
        : `The store refused to answer; the server's log has the reason (request ${request.id}).`;
      return refuse(reply, 503, 'STORE', message);
    }
    const status = error.statusCode ?? 500;
    if (status === 429) return refuse(reply, 429, 'TOO_MANY', error.message);
    if (status < 500) return refuse(reply, status, 'BAD_QUESTION', 'This request cannot be read.');
    log.error({ request: request.id, name: error.name, code: error.code }, 'page failed');
    return refuse(reply, 500, 'FAILED', `Something broke; the server's log has it (request ${request.id}).`);
  });
}
