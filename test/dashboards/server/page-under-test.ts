/** The server over real HTTP. Its pages are a folder with nothing but a first page, since the API needs no more. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { createLog } from '../../../core/log.ts';
import type { Viewer } from '../../../dashboards/server/policy.ts';
import { type Dashboard, type DashboardOptions, startDashboard } from '../../../dashboards/server/server.ts';
import { type MemoryDeskOptions, memoryDesk } from '../memory-desk.ts';
import { firm } from '../small-firm.ts';

export const folder = mkdtempSync(join(tmpdir(), 'cordon-server-'));
const pages = pathToFileURL(`${folder}/`);
beforeAll(() => {
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), '<title>first page</title>');
  writeFileSync(join(folder, 'assets', 'a-1234.js'), '1');
  writeFileSync(join(folder, 'secret.txt'), 'not a page');
});
afterAll(() => rmSync(folder, { recursive: true }));

export const start = (more: Partial<DashboardOptions> = {}, desk: MemoryDeskOptions = {}): Promise<Dashboard> =>
  startDashboard({
    listen: '127.0.0.1:0',
    desk: memoryDesk(desk),
    log: createLog('silent'),
    signal: new AbortController().signal,
    firm,
    pages,
    ...more,
  });

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** node:http, because fetch writes Host and Origin as it likes. */
export function ask(page: Dashboard, path: string, { method = 'GET', headers = {}, body }: Asked = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const asked = request(
      new URL(path, page.url),
      { method, headers: { connection: 'close', ...headers } },
      (reply) => {
        const chunks: Buffer[] = [];
        reply.on('data', (chunk: Buffer) => chunks.push(chunk));
        reply.on('end', () =>
          resolve({ status: reply.statusCode ?? 0, headers: reply.headers, text: Buffer.concat(chunks).toString() }),
        );
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
}

export const enter = (page: Dashboard, link: string, headers: Readonly<Record<string, string>> = {}) =>
  ask(page, '/api/session', {
    method: 'POST',
    headers: { origin: page.url, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ token: new URL(link).hash.slice('#enter='.length) }),
  });

/** What to send along as a viewer. */
export async function signedIn(page: Dashboard, viewer?: Viewer): Promise<Asked> {
  const { headers } = await enter(page, page.oneTimeLink('/', viewer));
  return { headers: { cookie: String(headers['set-cookie']).split(';')[0] ?? '' } };
}

export async function answer<T>(page: Dashboard, path: string, asked: Asked): Promise<T> {
  const { status, text } = await ask(page, path, asked);
  expect([status, text.slice(0, 200)]).toEqual([200, expect.any(String)]);
  return JSON.parse(text) as T;
}
