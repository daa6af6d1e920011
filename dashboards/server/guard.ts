/** What every request passes before anything looks at it: headers, host, origin, rate. */
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance } from 'fastify';
import { refuse } from './refuse.ts';

/** Requests a minute from one address; a person with a heavy hand on the keyboard stays below. */
const requestsPerMinuteMax = 600;
/** Tries a minute to open a session. */
export const entriesPerMinuteMax = 10;

/** Nothing inline, nothing from elsewhere, no frame around it, no string ever becomes script. */
const policy = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'connect-src': ["'self'"],
  'frame-ancestors': ["'none'"],
  'base-uri': ["'none'"],
  'form-action': ["'self'"],
  'require-trusted-types-for': ["'script'"],
  'trusted-types': ["'none'"],
};

/** `origins`: read at each request, since a free port is known only once it is taken. */
export async function guard(app: FastifyInstance, origins: () => readonly string[]): Promise<void> {
  app.addHook('onRequest', async (request, reply) => {
    const hosts = origins().map((origin) => new URL(origin).host);
    if (!hosts.includes(request.headers.host ?? '')) {
      return refuse(reply, 421, 'WRONG_HOST', 'This address is not one the page is served under.');
    }
    if (request.method === 'GET' || request.method === 'HEAD') return;
    if (!origins().includes(request.headers.origin ?? '')) {
      return refuse(reply, 403, 'WRONG_ORIGIN', 'This request did not come from the page itself.');
    }
  });
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: policy },
    // On loopback there is no TLS, and the header would lock other programs of this machine out of plain HTTP.
    strictTransportSecurity: origins().some((origin) => origin.startsWith('https:'))
      ? { maxAge: 31_536_000, includeSubDomains: false }
      : false,
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
    crossOriginEmbedderPolicy: { policy: 'require-corp' },
  });
  await app.register(rateLimit, {
    max: requestsPerMinuteMax,
    timeWindow: 60_000,
    errorResponseBuilder: () => ({
      statusCode: 429,
      code: 'TOO_MANY',
      message: 'Too many requests; wait a minute and try again.',
    }),
  });
}
