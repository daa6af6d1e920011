import { describe, expect, test } from '@jest/globals';
import { eventually } from '../../helpers/eventually.ts';
import { focused, visit } from './visit.ts';

describe('alerts', () => {
  test('are plain sentences, newest first, with severity in words', async () => {
    await using here = await visit('/alerts');
    await here.page.locator('.alert-line').first().waitFor();
    expect(await here.page.locator('.alert-line h2').allTextContents()).toEqual([
      'Ana Chan opened 41 documents of Acme Holdings; no assignment explains it.',
      'Ben Odell opened Globex Marine and Acme Holdings; an absolute barrier stands between them.',
      'Esi Mensah opened 6 documents of Acme Holdings; the assignment was recorded only afterwards.',
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
    await eventually(async () => expect(await focused(page)).toContain('Ana Chan opened 41 documents'));
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'What is not known' }).waitFor();
    // The page that was opened takes the focus, for readers of screens; the next key comes after that.
    await eventually(async () => expect(await page.evaluate('document.activeElement.id')).toBe('main'));
    await page.keyboard.press('j');
    await eventually(async () => expect(await focused(page)).toContain('Ana Chan read'));
    await page.keyboard.press('Enter');
    await page.getByRole('complementary', { name: /Ana Chan read/ }).waitFor();
    expect(await page.locator('.raw pre').textContent()).toBe(
      '2026/03/05 22:11:04|achan|10.20.4.17|clients|openat|ok|r|/srv/clients/acme/merger/term-sheet-0.docx',
    );
    expect(here.complaints).toEqual([]);
  });
});

test('a reader of screens is told where they are', async () => {
  await using here = await visit('/alerts');
  const { page } = here;
  await page.locator('.alert-line').first().waitFor();
  await page.keyboard.press('Tab');
  await eventually(async () => expect(await focused(page)).toBe('Skip to the content'));
  await page.keyboard.press('Enter');
  const inContent = async () => expect(await page.evaluate('document.activeElement.id')).toBe('main');
  await eventually(inContent);
  await page.locator('.alert-line a').first().click();
  await page.getByRole('heading', { name: /Ana Chan opened 41/ }).waitFor();
  await eventually(async () => expect(await page.title()).toContain('Ana Chan opened 41 documents'));
  await eventually(inContent);
});
