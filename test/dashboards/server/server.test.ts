import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { eventually } from '../../helpers/eventually.ts';
import { ask, folder, start } from './page-under-test.ts';

describe('starting and stopping', () => {
  test('a port in use says which, and what to do', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    await expect(start({ listen: `127.0.0.1:${port}` })).rejects.toMatchObject({
      code: 'IN_USE',
      message: expect.stringMatching(new RegExp(`${port}.*dashboard\\.listen`)),
    });
    other.close();
  });

  test('pages that were never built say how to build them', async () => {
    const nowhere = pathToFileURL(join(folder, 'nowhere/'));
    await expect(start({ pages: nowhere })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('npm run build'),
    });
  });

  test('it ends with its signal', async () => {
    const stop = new AbortController();
    await using page = await start({ signal: stop.signal });
    expect((await ask(page, '/')).status).toBe(200);
    stop.abort();
    await eventually(() => expect(ask(page, '/')).rejects.toMatchObject({ code: 'ECONNREFUSED' }));
  });
});
