import { describe, expect, test } from '@jest/globals';
import { ask, signedIn, start } from './page-under-test.ts';

describe('every answer', () => {
  test('carries a policy that allows nothing inline and nothing from elsewhere', async () => {
    await using page = await start();
    const { headers } = await ask(page, '/');
    expect(String(headers['content-security-policy']).split(';')).toEqual([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self' data:",
      "connect-src 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "form-action 'self'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ]);
    expect(headers['strict-transport-security']).toBeUndefined();
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  test('is kept by a browser only if it holds no data', async () => {
    await using page = await start();
    const me = await signedIn(page);
    const kept = async (path: string) => (await ask(page, path, me)).headers['cache-control'];
    expect(await kept('/api/alerts')).toBe('no-store');
    expect(await kept('/api/nothing')).toBe('no-store');
    expect(await kept('/')).toBe('no-cache');
    expect(await kept('/assets/a-1234.js')).toBe('public, max-age=31536000, immutable');
  });

  test.each(['rebound.example', 'rebound.example:80', '127.0.0.1', 'localhost'])(
    'is refused to the host `%s`',
    async (host) => {
      await using page = await start();
      expect((await ask(page, '/', { headers: { host } })).status).toBe(421);
    },
  );

  test.each([['http://elsewhere.example'], ['null'], [undefined]])(
    'a change from the origin %s is refused',
    async (origin) => {
      await using page = await start();
      const headers = { 'content-type': 'application/json', ...(origin && { origin }) };
      const reply = await ask(page, '/api/session', { method: 'POST', headers, body: '{"token":"x"}' });
      expect([reply.status, JSON.parse(reply.text).code]).toEqual([403, 'WRONG_ORIGIN']);
    },
  );

  test('to a body that is too long, or is no JSON, is no', async () => {
    await using page = await start();
    const post = (body: string, type: string) =>
      ask(page, '/api/session', { method: 'POST', headers: { origin: page.url, 'content-type': type }, body });
    expect((await post(JSON.stringify({ token: 'x'.repeat(5_000) }), 'application/json')).status).toBe(413);
    expect((await post('{"token":"x"}', 'text/plain')).status).toBe(415);
    expect((await post('{', 'application/json')).status).toBe(400);
  });

  test('comes from the folder of the pages and from no other', async () => {
    await using page = await start();
    for (const path of [
      '/secret.txt',
      '/assets/../secret.txt',
      '/assets/..%2fsecret.txt',
      '/assets/%2e%2e/secret.txt',
    ]) {
      expect((await ask(page, path)).text).not.toContain('not a page');
    }
  });
});
