import { describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { eventually } from '../../helpers/eventually.ts';
import { address, focused, instant, query, timeline, visit, week } from './visit.ts';

/** Everything is loaded: nothing below the drawing will move it any more. */
const atRest = (page: Page) => page.getByText(/accesses of this span are listed/).waitFor();

describe('the timeline', () => {
  test('draws a lane for each person, with the bands of their facts behind', async () => {
    await using here = await visit(timeline);
    await here.page.locator('.lane').first().waitFor();
    await atRest(here.page);
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

  test('what a source may have kept from it is hatched over all lanes, and listed in words', async () => {
    await using here = await visit(timeline);
    const { page } = here;
    await page.locator('.lane').first().waitFor();
    await atRest(page);
    expect(await page.locator('.gaps rect').count()).toBe(2);
    const hatched = await page.locator('.gaps').boundingBox();
    const lanes = await page.locator('.rows').boundingBox();
    expect(hatched?.height).toBeCloseTo(lanes?.height ?? 0, -1);
    expect(await page.locator('.overview .gap').count()).toBe(2);
    await page.getByRole('listitem').filter({ hasText: 'a source was silent, or lacks records' }).waitFor();
    const told = page.getByRole('region', { name: 'What happened then is not wholly known' }).getByRole('listitem');
    expect(await told.allTextContents()).toEqual([
      expect.stringMatching(/^Tue 3 Mar 12:00:00 to 17:00:00 fs1 was silent: 0 accesses in 5 hours/),
      expect.stringMatching(/^Thu 5 Mar 21:10:02 to 23:02:11 win3 lacks records that it numbered: 120 numbers of FS3/),
    ]);
  });

  test('a key on a listed gap shows its stretch', async () => {
    await using here = await visit(timeline);
    const { page } = here;
    await page.locator('.not-told button').first().press('Enter');
    await eventually(async () => {
      expect(await instant(page, 'from')).toBe(Date.parse('2026-03-03T07:00:00Z'));
      expect(await instant(page, 'until')).toBe(Date.parse('2026-03-03T22:00:00Z'));
      expect(await page.locator('.gaps rect').count()).toBe(1);
    });
  });

  test('a client of whom every source told everything has no such list', async () => {
    await using here = await visit('/clients/globex');
    await here.page.locator('.lane').first().waitFor();
    expect(await here.page.locator('.gaps rect, .not-told').count()).toBe(0);
  });

  test('a drag across the drawing zooms it, and the table with it', async () => {
    await using here = await visit(timeline);
    const { page } = here;
    const lane = page.locator('[data-row=p3] .lane');
    await lane.waitFor();
    await atRest(page);
    const box = await lane.boundingBox();
    if (!box) throw new Error('the lane is not drawn');
    const [day, y] = [box.width / 7, box.y + box.height / 2];
    await page.mouse.move(box.x + 3 * day, y);
    await page.mouse.down();
    await page.mouse.move(box.x + 4 * day, y, { steps: 4 });
    await page.mouse.up();
    await eventually(async () => {
      expect(await instant(page, 'from')).toBeCloseTo(Date.parse('2026-03-05T00:00:00Z'), -7);
      const times = await page.locator('.accesses td time').allTextContents();
      expect(times.length).toBeGreaterThan(50);
      expect(times.filter((time) => !time.startsWith('Thu 5 Mar'))).toEqual([]);
    });
  });

  test('keys zoom and move it', async () => {
    await using here = await visit(timeline);
    const { page } = here;
    await page.locator('.lane').first().waitFor();
    const length = async () => (await instant(page, 'until')) - (await instant(page, 'from'));
    const week = await length();
    await page.keyboard.press('+');
    await eventually(async () => expect(await length()).toBeCloseTo(week / 2, -4));
    const before = await instant(page, 'from');
    await page.keyboard.press(']');
    await eventually(async () => expect(await instant(page, 'from')).toBeGreaterThan(before));
    await page.keyboard.press('0');
    await eventually(async () => expect(await length()).toBeGreaterThanOrEqual(week));
    await page.getByRole('slider', { name: 'Begins' }).press('PageUp');
    await eventually(async () => expect(await length()).toBeLessThan(week));
  });

  test('the whole span is the whole one, however fast the keys follow each other', async () => {
    await using here = await visit(undefined);
    const { page } = here;
    // On a slow machine, which a clock that leaps is to React, keys can come between a drawing and the effects after it.
    await page.addInitScript(`
      let now = 0;
      performance.now = () => (now += 10);
      const observer = new MutationObserver(async () => {
        if (!document.querySelector('.story')) return;
        observer.disconnect();
        const spans = [decodeURIComponent(location.search)];
        for (const key of ['+', '0']) {
          document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
          await undefined;
          spans.push(decodeURIComponent(location.search));
        }
        window.spans = spans;
      });
      observer.observe(document, { childList: true, subtree: true });
    `);
    await page.goto(here.dashboard.oneTimeLink(timeline));
    await page.locator('.lane').first().waitFor();
    const [first, zoomed, whole] = (await page.evaluate('window.spans')) as readonly string[];
    expect(zoomed).not.toBe(first);
    expect(whole).toBe(first);
  });

  test('single keys can be switched off', async () => {
    await using here = await visit(timeline);
    const { page } = here;
    await page.locator('.lane').first().waitFor();
    await page.keyboard.press('?');
    await page.getByRole('checkbox', { name: /Single keys/ }).uncheck();
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'hidden' });
    const before = await address(page);
    await page.keyboard.press('+');
    expect(await address(page)).toEqual(before);
  });

  test('a click on a mark opens its record, and brings the table to it', async () => {
    await using here = await visit(timeline);
    const { page } = here;
    const lane = page.locator('[data-row=p6] .lane');
    await lane.waitFor();
    await atRest(page);
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
    await eventually(async () => expect(await page.evaluate('document.activeElement.id')).toBe('panel-title'));
    const first = await query(page, 'access');
    await page.keyboard.press('j');
    await eventually(async () => expect(await query(page, 'access')).not.toBe(first));
    await page.keyboard.press('Escape');
    await panel.waitFor({ state: 'detached' });
    await eventually(async () => expect(await focused(page)).toContain('Esi Mensah'));
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
    await eventually(async () => expect(await first.textContent()).toBe('Thu 5 Mar 17:11:04'));
    expect(await page.locator('.span').textContent()).toContain('America/New_York');
  });

  test('a long one is drawn from counts, and a click looks closer', async () => {
    await using here = await visit(timeline, {}, { repeat: 30 });
    const { page } = here;
    await page.locator('.lane .bars').first().waitFor();
    await page.getByText(/The first 200 of [\d,]+ accesses/).waitFor();
    const before = await query(page, 'until');
    await page.locator('[data-row=p3] .lane').click();
    await eventually(async () => expect(await query(page, 'until')).not.toBe(before));
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
