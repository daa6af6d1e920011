/** The pages in a real Chromium, served by the real server; only the data behind the desk is made up. */
import { afterAll, beforeAll } from '@jest/globals';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { createLog } from '../../../core/log.ts';
import { type Dashboard, startDashboard } from '../../../dashboards/server/server.ts';
import { buildPages, openBrowser } from '../../helpers/browser.ts';
import { type MemoryDeskOptions, memoryDesk } from '../memory-desk.ts';
import { firm } from '../small-firm.ts';

const patienceMs = 60_000;

export let browser: Browser;
let pages: Awaited<ReturnType<typeof buildPages>>;
beforeAll(async () => {
  [browser, pages] = await Promise.all([openBrowser(), buildPages()]);
}, 400_000);
afterAll(async () => {
  await browser.close();
  await pages[Symbol.asyncDispose]();
});

interface Visit extends AsyncDisposable {
  readonly page: Page;
  readonly dashboard: Dashboard;
  /** What the browser complained about. */
  readonly complaints: readonly string[];
}

/** A browser of its own with a server of its own; `at`: where its one-time link leads. */
export async function visit(
  at: string | undefined,
  options: BrowserContextOptions = {},
  desk: MemoryDeskOptions = {},
): Promise<Visit> {
  const dashboard = await startDashboard({
    listen: '127.0.0.1:0',
    desk: memoryDesk(desk),
    log: createLog('silent'),
    signal: new AbortController().signal,
    firm,
    pages: pages.folder,
  });
  const context = await browser.newContext({ timezoneId: 'America/New_York', ...options });
  context.setDefaultTimeout(patienceMs);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(at === undefined ? dashboard.url : dashboard.oneTimeLink(at));
  return {
    page,
    dashboard,
    complaints,
    async [Symbol.asyncDispose]() {
      await context.close();
      await dashboard[Symbol.asyncDispose]();
    },
  };
}

export const week = 'from=2026-03-02T00:00:00.000Z&until=2026-03-09T00:00:00.000Z';
export const timeline = `/clients/acme?${week}`;
export const focused = (page: Page) => page.evaluate('document.activeElement.textContent') as Promise<string>;
/** The address as the page itself has it: `page.url()` learns of it by a message that may come later. */
export const address = async (page: Page) => new URL((await page.evaluate('location.href')) as string);
export const query = async (page: Page, name: string) => (await address(page)).searchParams.get(name);
/** The instant a parameter of the address says. */
export const instant = async (page: Page, name: string) => Date.parse((await query(page, name)) ?? '');
