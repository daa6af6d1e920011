/** The JSON behind the pages. Each answer is decided by policy before the desk is asked about a client's data. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { alertStates } from '../../core/alert.ts';
import type { Log } from '../../core/log.ts';
import { isoOf, parseTimestamp } from '../../core/time.ts';
import { accessId, actorId, type TenantId, tenantId } from '../../core/types.ts';
import type { AlertList, Timeline } from './api.ts';
import { type Desk, gapsMax, type Span } from './desk.ts';
import { decide, type Subject, type Viewer } from './policy.ts';
import { recordView } from './reading.ts';
import { refuse, refuseStranger, refuseUnknown } from './refuse.ts';

/** A question that takes longer is given up. */
const answerMsMax = 15_000;
const dayMs = 86_400_000;
/** What a client's page shows when nobody says from when. */
const defaultSpanMs = 14 * dayMs;
const spanMsMax = 3_700 * dayMs;

const client = z
  .string()
  .regex(/^(_unattributed|[a-z][a-z0-9_]{0,40})$/)
  .transform(tenantId);
const access = z
  .string()
  .regex(/^[0-9a-f]{32}$/)
  .transform(accessId);
const instant = z
  .string()
  .max(40)
  .transform(parseTimestamp)
  .refine((at) => !Number.isNaN(at));
const cursor = z.string().min(1).max(200).optional();
const actor = z.string().min(1).max(200).transform(actorId).optional();
const clientPath = z.object({ client });
const accessPath = z.object({ client, access });
const alertPath = z.object({ alert: z.string().regex(/^[0-9a-f]{16}$/) });
const alertsQuery = z.strictObject({ state: z.enum(alertStates).optional(), after: cursor });
const spanQuery = z.strictObject({ from: instant.optional(), until: instant.optional(), actor });
const pageQuery = z.strictObject({ from: instant, until: instant, actor, after: cursor });

export interface Answering {
  readonly desk: Desk;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly viewerOf: (request: FastifyRequest) => Viewer | undefined;
}

export function answerAlerts(app: FastifyInstance, { desk, log, signal, viewerOf }: Answering): void {
  app.get('/api/alerts', async (request, reply) => {
    const viewer = viewerOf(request);
    if (!viewer) return refuseStranger(reply);
    const query = alertsQuery.safeParse(request.query);
    if (!query.success) return badQuestion(reply);
    const list = await desk.alerts({ state: query.data.state }, query.data.after, bounded(request, signal));
    const seen = list.alerts.filter(({ clients, actor }) => decide(viewer, subject(clients, actor)) === 'seen');
    return { ...list, alerts: seen } satisfies AlertList;
  });

  app.get('/api/alerts/:alert', async (request, reply) => {
    const viewer = viewerOf(request);
    if (!viewer) return refuseStranger(reply);
    const path = alertPath.safeParse(request.params);
    const alert = path.success ? await desk.alert(path.data.alert, bounded(request, signal)) : undefined;
    if (!alert) return refuseUnknown(reply);
    const decision = decide(viewer, subject(alert.clients, alert.actor));
    if (decision === 'seen') return alert;
    log.info({ alert: alert.id, decision }, 'alert not shown');
    return refuseUnknown(reply);
  });
}

export function answerClients(app: FastifyInstance, { desk, log, signal, viewerOf }: Answering): void {
  /** The client asked for, or the refusal already sent. */
  const admitted = (request: FastifyRequest, reply: FastifyReply): TenantId | undefined => {
    const viewer = viewerOf(request);
    const path = clientPath.safeParse(request.params);
    const decision = decide(viewer, { clients: path.success ? [path.data.client] : [] });
    if (decision === 'no-session') refuseStranger(reply);
    else if (!path.success || decision !== 'seen' || !desk.client(path.data.client)) refuseUnknown(reply);
    else return path.data.client;
    if (viewer) log.info({ decision }, 'client not shown');
    return undefined;
  };

  app.get('/api/clients/:client/timeline', async (request, reply) => {
    const tenant = admitted(request, reply);
    if (!tenant) return reply;
    const query = spanQuery.safeParse(request.query);
    const asked = bounded(request, signal);
    const span = query.success ? await spanOf(desk, tenant, query.data, asked) : undefined;
    if (!span) return badQuestion(reply);
    const [density, bands, gaps] = await Promise.all([
      desk.density(tenant, span, asked),
      desk.bands(tenant, span, asked),
      desk.gaps(tenant, span, asked),
    ]);
    const rows = new Set(density.rows.map(({ id }) => id));
    const drawn = bands.filter(({ row }) => rows.has(row));
    const named = desk.client(tenant) ?? { id: tenant, name: tenant };
    return {
      ...density,
      client: named,
      from: isoOf(span.from),
      until: isoOf(span.until),
      bands: drawn,
      gaps: gaps.slice(0, gapsMax),
      more_gaps: Math.max(0, gaps.length - gapsMax),
    } satisfies Timeline;
  });

  app.get('/api/clients/:client/accesses', async (request, reply) => {
    const tenant = admitted(request, reply);
    if (!tenant) return reply;
    const query = pageQuery.safeParse(request.query);
    if (!query.success || !orderly(query.data)) return badQuestion(reply);
    const { after, ...span } = query.data;
    return await desk.timeline(tenant, span, after, bounded(request, signal));
  });

  app.get('/api/clients/:client/accesses/:access/record', async (request, reply) => {
    const tenant = admitted(request, reply);
    if (!tenant) return reply;
    const path = accessPath.safeParse(request.params);
    const sealed = path.success ? await desk.record(tenant, path.data.access, bounded(request, signal)) : undefined;
    return sealed ? recordView(sealed) : refuseUnknown(reply);
  });

  app.get('/api/clients/:client/accesses/:access/explanation', async (request, reply) => {
    const tenant = admitted(request, reply);
    if (!tenant) return reply;
    const path = accessPath.safeParse(request.params);
    const found = path.success ? await desk.explain(tenant, path.data.access, bounded(request, signal)) : undefined;
    return found ?? refuseUnknown(reply);
  });
}

const badQuestion = (reply: FastifyReply): FastifyReply =>
  refuse(reply, 400, 'BAD_QUESTION', 'This address has a part that cannot be read.');

const subject = (clients: readonly { id: string }[], who: { id: string } | undefined): Subject => ({
  clients: clients.map(({ id }) => id),
  about: who?.id,
});

/** Ends with the request's connection, the server, or the patience of whoever waits. */
function bounded(request: FastifyRequest, signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, request.signal, AbortSignal.timeout(answerMsMax)]);
}

const orderly = ({ from, until }: Span): boolean => from < until && until - from <= spanMsMax;

/** Where nobody says from when: the last fortnight there is, in whole hours. `undefined` for a span that cannot be. */
async function spanOf(
  desk: Desk,
  tenant: TenantId,
  given: z.output<typeof spanQuery>,
  signal: AbortSignal,
): Promise<Span | undefined> {
  const { from, until, actor: who } = given;
  if (from !== undefined && until !== undefined) {
    const span = { from, until, actor: who };
    return orderly(span) ? span : undefined;
  }
  const hourMs = 3_600_000;
  const extent = (await desk.extent(tenant, signal)) ?? { from: Date.now(), until: Date.now() };
  const end = until ?? Math.ceil((extent.until + 1) / hourMs) * hourMs;
  const first = Math.floor(extent.from / hourMs) * hourMs;
  const span = { from: from ?? Math.min(Math.max(first, end - defaultSpanMs), end - hourMs), until: end, actor: who };
  return orderly(span) ? span : undefined;
}
