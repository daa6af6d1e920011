/** The pages in a real Chromium, served by the real server; only the data behind the desk is made up. */
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { createLog } from '../../../core/log.ts';
import { type Dashboard, startDashboard } from '../../../dashboards/server/server.ts';
import { buildPages, openBrowser } from '../../helpers/browser.ts';
import { type MemoryDeskOptions, memoryDesk } from '../memory-desk.ts';
import { firm } from '../small-firm.ts';

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const patienceMs = 5_000;

let browser: Browser;
let pages: Awaited<ReturnType<typeof buildPages>>;
beforeAll(async () => {
  [browser, pages] = await Promise.all([openBrowser(), buildPages()]);
}, 60_000);
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
async function visit(
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

const week = 'from=2026-03-02T00:00:00.000Z&until=2026-03-09T00:00:00.000Z';
const timeline = `/clients/acme?${week}`;
const focused = (page: Page) => page.evaluate('document.activeElement.textContent') as Promise<string>;
const query = (page: Page, name: string) => new URL(page.url()).searchParams.get(name);

describe('the way in', () => {
  test('the link in the console opens a session and leaves no token in the address', async () => {
    await using here = await visit('/');
    await here.page.getByRole('heading', { name: 'Alerts', exact: true }).waitFor();
    expect(here.page.url()).toBe(`${here.dashboard.url}/`);
    expect(here.complaints).toEqual([]);
  });

  test('the same link a second time is refused, and the page says why', async () => {
    await using here = await visit(undefined);
    const link = here.dashboard.oneTimeLink('/');
    await here.page.goto(link);
    await here.page.getByRole('heading', { name: 'Alerts', exact: true }).waitFor();
    const stranger = await browser.newContext();
    const page = await stranger.newPage();
    await page.goto(link);
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).toContain('used already');
    await stranger.close();
  });

  test('the link in a mail asks for a session, and a new link pasted into the same tab opens the alert', async () => {
    await using here = await visit(undefined);
    await here.page.goto(`${here.dashboard.url}/alerts/00c0ffee00000001`);
    await here.page.getByRole('heading', { name: 'A session is needed' }).waitFor();
    expect(await here.page.locator('code.line').textContent()).toBe('cordon open /alerts/00c0ffee00000001');
    await here.page.goto(here.dashboard.oneTimeLink('/alerts/00c0ffee00000001'));
    await here.page.getByRole('heading', { name: /Ana Chan read 41 documents/ }).waitFor();
  });

  test('an address made by somebody else is not offered to a shell', async () => {
    await using here = await visit(undefined);
    await here.page.goto(`${here.dashboard.url}/alerts/;curl$IFS-evil;`);
    await here.page.getByRole('heading', { name: 'A session is needed' }).waitFor();
    expect(await here.page.locator('code.line').textContent()).toBe('cordon open');
  });

  test('signing out shuts the page', async () => {
    await using here = await visit('/');
    await here.page.getByRole('button', { name: 'Sign out' }).click();
    await here.page.getByText('You are signed out.').waitFor();
    await here.page.reload();
    await here.page.getByRole('heading', { name: 'A session is needed' }).waitFor();
  });
});

describe('the browser', () => {
  test('runs no inline script, loads nothing from elsewhere, and turns no string into a document', async () => {
    await using here = await visit('/');
    await here.page.getByRole('heading', { name: 'Alerts', exact: true }).waitFor();
    const outcome = await here.page.evaluate(`(async () => {
      const script = document.createElement('script');
      try { script.textContent = 'window.inline = true'; document.head.append(script); } catch {}
      let html = 'allowed';
      try { document.body.innerHTML = '<p>x</p>'; } catch { html = 'refused'; }
      const elsewhere = await fetch('https://127.0.0.2/').then(() => 'reached', () => 'refused');
      return { inline: window.inline ?? 'refused', html, elsewhere };
    })()`);
    expect(outcome).toEqual({ inline: 'refused', html: 'refused', elsewhere: 'refused' });
    expect(here.complaints.filter((text) => text.includes('Content Security Policy'))).not.toEqual([]);
  });
});

describe('alerts', () => {
  test('are plain sentences, newest first, with severity in words', async () => {
    await using here = await visit('/alerts');
    await here.page.locator('.alert-line').first().waitFor();
    expect(await here.page.locator('.alert-line h2').allTextContents()).toEqual([
      'Ana Chan read 41 documents of Acme Holdings; no assignment explains it.',
      'Ben Odell opened Globex Marine and Acme Holdings; an absolute barrier stands between them.',
      'Esi Mensah read 6 documents of Acme Holdings; the assignment was recorded only afterwards.',
      'Several people searched Initech & Sons without an assignment.',
    ]);
    expect(await here.page.locator('.alert-line .severity').allTextContents()).toEqual([
      'high',
      'critical',
      'medium',
      'low',
    ]);
    await here.page.getByText('expected once in 2 years').waitFor();
  });

  test('can be narrowed to a state', async () => {
    await using here = await visit('/alerts');
    await here.page.getByRole('link', { name: 'closed' }).click();
    await here.page.getByText('1 closed alert').waitFor();
    expect(await here.page.locator('.alert-line').count()).toBe(1);
  });

  test('lead by keys alone to the raw record', async () => {
    await using here = await visit('/alerts');
    const { page } = here;
    await page.locator('.alert-line').first().waitFor();
    await page.keyboard.press('j');
    expect(await focused(page)).toContain('Ana Chan read 41 documents');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'What is not known' }).waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByRole('complementary', { name: /Ana Chan read/ }).waitFor();
    expect(await page.locator('.raw pre').textContent()).toBe(
      '2026/03/05 22:11:04|achan|10.20.4.17|clients|openat|ok|r|/srv/clients/acme/merger/term-sheet-0.docx',
    );
    expect(here.complaints).toEqual([]);
  });
});

describe('the timeline', () => {
  test('draws a lane for each person, with the bands of their facts behind', async () => {
    await using here = await visit(timeline);
    await here.page.locator('.lane').first().waitFor();
    expect(await here.page.locator('.row-name .name').allTextContents()).toEqual([
      'Ana Chan',
      'Esi Mensah',
      'Carla Díaz',
      'Dov Levin',
      'Ben Odell',
      'svc-backup',
      'Farid Nazari',
    ]);
    const bands = (row: string) => here.page.locator(`[data-row=${row}] .band`).count();
    expect([await bands('p1'), await bands('p3')]).toEqual([0, 1]);
    expect(await here.page.locator('[data-row=p5] .band .late').count()).toBe(1);
    expect(await here.page.locator('[data-row=p1] .odd-count').textContent()).toBe('41');
  });

  test('a drag across the drawing zooms it, and the table with it', async () => {
    await using here = await visit(timeline);
    const { page } = here;
    const lane = page.locator('[data-row=p3] .lane');
    await lane.waitFor();
    const box = await lane.boundingBox();
    if (!box) throw new Error('the lane is not drawn');
    const [day, y] = [box.width / 7, box.y + box.height / 2];
    await page.mouse.move(box.x + 3 * day, y);
    await page.mouse.down();
    await page.mouse.move(box.x + 4 * day, y, { steps: 4 });
    await page.mouse.up();
    await page.getByText(/All \d+ accesses of this span/).waitFor();
    expect(Date.parse(query(page, 'from') ?? '')).toBeCloseTo(Date.parse('2026-03-05T00:00:00Z'), -7);
    const times = await page.locator('.accesses td time').allTextContents();
    expect(times.length).toBeGreaterThan(50);
    expect(times.filter((time) => !time.startsWith('Thu 5 Mar'))).toEqual([]);
  });

  test('keys zoom and move it', async () => {
    await using here = await visit(timeline);
    const { page } = here;
    await page.locator('.lane').first().waitFor();
    const length = () => Date.parse(query(page, 'until') ?? '') - Date.parse(query(page, 'from') ?? '');
    const week = length();
    await page.keyboard.press('+');
    expect(length()).toBeCloseTo(week / 2, -4);
    const before = query(page, 'from') ?? '';
    await page.keyboard.press(']');
    expect(Date.parse(query(page, 'from') ?? '')).toBeGreaterThan(Date.parse(before));
    await page.keyboard.press('0');
    expect(length()).toBeGreaterThanOrEqual(week);
    await page.getByRole('slider', { name: 'Begins' }).press('PageUp');
    expect(length()).toBeLessThan(week);
  });

  test('single keys can be switched off', async () => {
    await using here = await visit(timeline);
    const { page } = here;
    await page.locator('.lane').first().waitFor();
    await page.keyboard.press('?');
    await page.getByRole('checkbox', { name: /Single keys/ }).uncheck();
    await page.keyboard.press('Escape');
    const before = page.url();
    await page.keyboard.press('+');
    expect(page.url()).toBe(before);
  });

  test('a click on a mark opens its record, and brings the table to it', async () => {
    await using here = await visit(timeline);
    const { page } = here;
    const lane = page.locator('[data-row=p6] .lane');
    await lane.waitFor();
    const box = await lane.boundingBox();
    if (!box) throw new Error('the lane is not drawn');
    const mark = (await lane.locator('.plain-marks').getAttribute('d'))?.split('M').at(-1)?.split(' ')[0];
    await page.mouse.click(box.x + Number(mark), box.y + box.height / 2);
    await page.getByRole('complementary', { name: /Farid Nazari/ }).waitFor();
    await page.locator('.accesses tr[aria-current=true]', { hasText: 'Farid Nazari' }).waitFor();
  });

  test('the panel has the record, its reading, the reasons and the proof; Escape leads back to the row', async () => {
    await using here = await visit(`${timeline}&actor=p5`);
    const { page } = here;
    await page.locator('.accesses td button').first().waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    const panel = page.getByRole('complementary');
    await panel.getByText('The record is the one that was sealed.').waitFor();
    await panel.getByText('Then · As known then').waitFor();
    await panel.getByText('As known now').waitFor();
    expect(await panel.locator('.verdicts b').allTextContents()).toEqual(['Unexplained.', 'Explained.']);
    expect(await panel.locator('.raw mark').allTextContents()).toEqual(
      expect.arrayContaining(['emensah', '10.20.5.19']),
    );
    expect(await panel.locator('.proof').textContent()).toMatch(/Collector fs1, batch 118, access \d+/);
    expect(await page.evaluate('document.activeElement.id')).toBe('panel-title');
    const first = query(page, 'access');
    await page.keyboard.press('j');
    expect(query(page, 'access')).not.toBe(first);
    await page.keyboard.press('Escape');
    await panel.waitFor({ state: 'detached' });
    expect(await focused(page)).toContain('Esi Mensah');
  });

  test('a record that was changed, and a name that plays tricks, are seen for what they are', async () => {
    await using here = await visit(`/clients/globex?${week}`);
    const { page } = here;
    await page.locator('.accesses .object').waitFor();
    expect(await page.locator('.accesses .object').textContent()).toBe('…/globex/invoice⟨U+202E⟩fdp.exe');
    await page.locator('.accesses td button').click();
    await page.getByText('The record is not the one that was sealed.').waitFor();
    await page.getByText('Not UTF-8; shown as base64.').waitFor();
  });

  test('times follow the chosen zone, which is always written beside them', async () => {
    await using here = await visit(`${timeline}&actor=p1`);
    const { page } = here;
    const first = page.locator('.accesses td time').first();
    await first.waitFor();
    expect(await first.textContent()).toBe('Thu 5 Mar 22:11:04');
    await page.getByLabel('Times in').selectOption('mine');
    expect(await first.textContent()).toBe('Thu 5 Mar 17:11:04');
    expect(await page.locator('.span').textContent()).toContain('America/New_York');
  });

  test('a long one is drawn from counts, and a click looks closer', async () => {
    await using here = await visit(timeline, {}, { repeat: 30 });
    const { page } = here;
    await page.locator('.lane .bars').first().waitFor();
    await page.getByText(/The first 200 of [\d,]+ accesses/).waitFor();
    const before = query(page, 'until');
    await page.locator('[data-row=p3] .lane').click();
    await page.waitForFunction(`new URL(location).searchParams.get('until') !== '${before}'`);
  });

  test('a store that is away is said, and nothing is lost of the page', async () => {
    let away = false;
    const before = (question: string) => {
      if (away && question === 'record') throw new Error('gone');
    };
    await using here = await visit(`${timeline}&actor=p1`, {}, { before });
    const { page } = here;
    await page.locator('.accesses td button').first().waitFor();
    away = true;
    await page.locator('.accesses td button').first().click();
    await page.getByText("Something broke; the server's log has it").waitFor();
    expect(await page.locator('.accesses tbody tr').count()).toBe(41);
  });
});

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  test.each([
    ['the gate', undefined, 'h1'],
    ['alerts', '/alerts', '.alert-line'],
    ['one alert', '/alerts/00c0ffee00000001', '.accesses td'],
    ['a timeline', timeline, '.accesses td'],
  ])('axe finds nothing wrong with %s', async (_, at, ready) => {
    // The policy would rightly refuse axe, so it is set aside here and here alone.
    await using here = await visit(at, { colorScheme, bypassCSP: true });
    const { page } = here;
    await page.locator(ready).first().waitFor();
    if (at === timeline) {
      await page.locator('.accesses td button').first().click();
      await page.locator('.proof').waitFor();
    }
    await page.addScriptTag({ path: axe });
    const violations = await page.evaluate(
      'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.map((n) => n.html).join(" ")))',
    );
    expect(violations).toEqual([]);
  });

  test.each([
    ['alerts', '/alerts', '.alert-line'],
    ['one alert', '/alerts/00c0ffee00000001', '.accesses td'],
    ['a timeline', timeline, '.accesses td'],
  ])('%s fits a phone of 360 pixels', async (_, at, ready) => {
    await using here = await visit(at, { colorScheme, viewport: { width: 360, height: 760 }, hasTouch: true });
    await here.page.locator(ready).first().waitFor();
    const wider = await here.page.evaluate(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    );
    expect(wider).toBe(0);
  });
});

test('a reader of screens is told where they are', async () => {
  await using here = await visit('/alerts');
  const { page } = here;
  await page.locator('.alert-line').first().waitFor();
  await page.keyboard.press('Tab');
  expect(await focused(page)).toBe('Skip to the content');
  await page.keyboard.press('Enter');
  expect(await page.evaluate('document.activeElement.id')).toBe('main');
  await page.locator('.alert-line a').first().click();
  await page.getByRole('heading', { name: /Ana Chan read 41/ }).waitFor();
  expect(await page.title()).toContain('Ana Chan read 41 documents');
  expect(await page.evaluate('document.activeElement.id')).toBe('main');
});
