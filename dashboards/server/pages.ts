/** The built pages. They hold no data, so anybody may load them; what they then ask for needs a session. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { Fault } from '../../core/errors.ts';
import { packageRoot } from '../../core/package-root.ts';

export const builtPages = new URL('dashboards/web/dist/', packageRoot);

/** Addresses that are pages; the page itself reads the rest of the address. */
const pages = ['/', '/alerts', '/alerts/:alert', '/clients/:client'];

/** `folder`: what Vite built. Throws CONFIG_INVALID where nothing was built. */
export async function servePages(app: FastifyInstance, folder: URL): Promise<void> {
  if (!existsSync(new URL('index.html', folder))) {
    throw new Fault('CONFIG_INVALID', 'the dashboard has not been built (dashboards/web/dist); run `npm run build`');
  }
  await app.register(fastifyStatic, { root: fileURLToPath(folder), serve: false, cacheControl: false });
  for (const page of pages) {
    app.get(page, (_, reply) => reply.header('cache-control', 'no-cache').sendFile('index.html'));
  }
  await app.register(fastifyStatic, {
    root: fileURLToPath(new URL('assets/', folder)),
    prefix: '/assets/',
    decorateReply: false,
    index: false,
    dotfiles: 'deny',
    // The names carry a hash of what is in them.
    immutable: true,
    maxAge: '365d',
  });
}
