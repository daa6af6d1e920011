import { describe, expect, test } from '@jest/globals';
import { ask, enter, signedIn, start } from './page-under-test.ts';

describe('the way in', () => {
  test('a one-time link works once', async () => {
    await using page = await start();
    const link = page.oneTimeLink('/alerts/00c0ffee00000001');
    expect(link).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/alerts\/00c0ffee00000001#enter=[\w-]{43}$/);
    expect((await enter(page, link)).status).toBe(200);
    const second = await enter(page, link);
    expect([second.status, JSON.parse(second.text).code]).toEqual([401, 'LINK_SPENT']);
  });

  test('the cookie cannot be read by scripts, nor sent by other sites', async () => {
    await using page = await start();
    const [cookie] = [(await enter(page, page.oneTimeLink())).headers['set-cookie']].flat();
    expect(cookie).toMatch(/^cordon-\d+=[\w-]{43}; Max-Age=28800; Path=\/; HttpOnly; SameSite=Strict$/);
  });

  test('behind TLS the cookie is bound to the host, and the browser told to stay with TLS', async () => {
    await using page = await start({ publicOrigin: 'https://cordon.example' });
    const link = page.oneTimeLink();
    const local = { ...page, url: `http://127.0.0.1:${page.port}` };
    const reply = await enter(local, link, { origin: 'https://cordon.example', host: 'cordon.example' });
    expect(String(reply.headers['set-cookie'])).toMatch(/^__Host-cordon=.*Secure/);
    expect(reply.headers['strict-transport-security']).toBe('max-age=31536000');
  });

  test('a link leads to a page of the dashboard and nowhere else', async () => {
    await using page = await start();
    expect(() => page.oneTimeLink('//elsewhere.example/')).toThrow(/not a page of the dashboard/);
  });

  test('signing out ends the session on the server', async () => {
    await using page = await start();
    const me = await signedIn(page);
    expect((await ask(page, '/api/alerts', me)).status).toBe(200);
    await ask(page, '/api/session', { method: 'DELETE', headers: { ...me.headers, origin: page.url } });
    expect((await ask(page, '/api/alerts', me)).status).toBe(401);
  });

  test('guessing is slowed down', async () => {
    await using page = await start();
    const tries: number[] = [];
    for (let n = 0; n < 12; n += 1) tries.push((await enter(page, `${page.url}/#enter=${'x'.repeat(43)}`)).status);
    expect(tries.slice(0, 10)).toEqual(Array(10).fill(401));
    expect(tries.slice(10)).toEqual([429, 429]);
  });
});

describe('a stranger', () => {
  test.each([
    '/api/session',
    '/api/alerts',
    '/api/alerts/00c0ffee00000001',
    '/api/clients/acme/timeline',
    '/api/clients/acme/accesses?from=2026-03-02T00:00:00Z&until=2026-03-03T00:00:00Z',
    `/api/clients/acme/accesses/${'0'.repeat(32)}/record`,
    `/api/clients/acme/accesses/${'0'.repeat(32)}/explanation`,
  ])('is refused at %s', async (path) => {
    await using page = await start();
    const reply = await ask(page, path);
    expect([reply.status, JSON.parse(reply.text).code]).toEqual([401, 'NO_SESSION']);
  });

  test('gets the page that explains, at every address a mail may hold', async () => {
    await using page = await start();
    for (const path of ['/', '/alerts', '/alerts/00c0ffee00000001', '/clients/acme?actor=p1']) {
      expect((await ask(page, path)).text).toContain('first page');
    }
  });
});
