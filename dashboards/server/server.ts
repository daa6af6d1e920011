/** The page: one Fastify server, its pages, its questions, its one-time links. */
import { type FastifyInstance, fastify } from 'fastify';
import { Fault } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { Instant } from '../../core/types.ts';
import { readingAs } from '../../store/reads/reader.ts';
import type { SessionView } from './api.ts';
import type { Desk } from './desk.ts';
import { openEntrance } from './entrance.ts';
import { guard } from './guard.ts';
import { originsOf, type Place, parseListen } from './listen.ts';
import { builtPages, servePages } from './pages.ts';
import { operator, type Viewer } from './policy.ts';
import { answerErrors } from './refuse.ts';
import { answerAlerts, answerClients } from './routes.ts';
import { createSessions } from './sessions.ts';

const bodyBytesMax = 4_096;
const headersMsMax = 10_000;
const idleConnectionMsMax = 60_000;
const connectionsMax = 256;

export interface DashboardOptions {
  /** `host:port`; port 0 is any free one. Without TLS of its own it serves loopback only. */
  readonly listen: string;
  readonly desk: Desk;
  readonly log: Log;
  /** Ends the server. */
  readonly signal: AbortSignal;
  readonly firm: SessionView['firm'];
  /** The https address under which a TLS proxy serves it. */
  readonly publicOrigin?: string | undefined;
  /** What Vite built, if not the package's own. */
  readonly pages?: URL | undefined;
  readonly now?: (() => Instant) | undefined;
}

export interface Dashboard extends AsyncDisposable {
  readonly url: string;
  /** The port it listens on; `url` has another where a proxy stands before it. */
  readonly port: number;
  /** Opens `path` (`/alerts/…`) once, within 15 minutes, and a session with it. The token stays out of every log: it is in the fragment. */
  oneTimeLink(path?: string, viewer?: Viewer): string;
}

/** Throws IN_USE for a taken port, CONFIG_INVALID for a place it will not serve, or when the pages are not built. */
export async function startDashboard(options: DashboardOptions): Promise<Dashboard> {
  const { desk, log, signal, firm, publicOrigin, pages = builtPages, now } = options;
  signal.throwIfAborted();
  const place = parseListen(options.listen);
  let origins = originsOf(place, publicOrigin);
  const sessions = createSessions(now);

  const app = fastify({
    bodyLimit: bodyBytesMax,
    requestTimeout: headersMsMax,
    connectionTimeout: idleConnectionMsMax,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 200 },
  });
  app.server.maxConnections = connectionsMax;
  app.removeContentTypeParser('text/plain');
  answerErrors(app, log);
  await guard(app, () => origins);
  const sessionOf = await openEntrance(app, { sessions, firm, origins: () => origins });
  app.addHook('onSend', async (request, reply) => {
    if (request.url.startsWith('/api/')) reply.header('cache-control', 'no-store');
  });
  app.addHook('preHandler', (request, _reply, done) => {
    const session = sessionOf(request);
    const who = session?.viewer.person ?? `session ${session?.id ?? 'none'}`;
    readingAs({ who, kind: 'person', purpose: request.routeOptions.url ?? 'pages' }, done);
  });
  const answering = {
    desk,
    log,
    signal,
    viewerOf: (request: Parameters<typeof sessionOf>[0]) => sessionOf(request)?.viewer,
  };
  answerAlerts(app, answering);
  answerClients(app, answering);
  await servePages(app, pages);

  const port = await listen(app, place);
  origins = originsOf({ host: place.host, port }, publicOrigin);
  const stop = () => void app.close();
  signal.addEventListener('abort', stop, { once: true });
  log.info({ port }, 'dashboard listens');

  return {
    url: origins[0],
    port,
    oneTimeLink(path = '/', viewer = operator) {
      const link = new URL(path, origins[0]);
      if (link.origin !== origins[0])
        throw new Fault('USAGE', `\`${path}\` is not a page of the dashboard; write /alerts/ID`);
      link.hash = `enter=${sessions.link(viewer)}`;
      return link.href;
    },
    async [Symbol.asyncDispose]() {
      signal.removeEventListener('abort', stop);
      await app.close();
    },
  };
}

async function listen(app: FastifyInstance, { host, port }: Place): Promise<number> {
  try {
    return Number(new URL(await app.listen({ host, port })).port);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') {
      throw new Fault(
        'IN_USE',
        `port ${port} on ${host} is taken by another program; stop that one, or give dashboard.listen another port (0 is any free one)`,
        { port },
        error,
      );
    }
    if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      throw new Fault(
        'CONFIG_INVALID',
        `dashboard.listen: ${host}:${port} cannot be listened on (${code}); write 127.0.0.1:8080`,
      );
    }
    throw error;
  }
}
