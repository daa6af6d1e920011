import { describe, expect, test } from '@jest/globals';
import { eventually } from '../../helpers/eventually.ts';
import { address, browser, visit } from './visit.ts';

describe('the way in', () => {
  test('the link in the console opens a session and leaves no token in the address', async () => {
    await using here = await visit('/');
    await here.page.getByRole('heading', { name: 'Alerts', exact: true }).waitFor();
    await eventually(async () => expect((await address(here.page)).href).toBe(`${here.dashboard.url}/`));
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
    await here.page.getByRole('heading', { name: /Ana Chan opened 41 documents/ }).waitFor();
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
