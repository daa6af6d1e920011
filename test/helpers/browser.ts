/** A real Chromium: $CHROMIUM, else the system's. Tests that need one fail without it; they are never skipped. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { type Browser, chromium } from 'playwright-core';

const places = [process.env['CHROMIUM'], '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** It talks to the page under test and to nobody else. */
const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Close it when done: `await using` does. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = places.find((place) => place !== undefined && existsSync(place));
  if (!executablePath) throw new Error('there is no Chromium; install one, or name it in $CHROMIUM');
  return await chromium.launch({ executablePath, args: flags });
}

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The pages as Vite builds them now, in a folder of their own: what lies in the checkout may be older than the sources. */
export async function buildPages(): Promise<AsyncDisposable & { readonly folder: URL }> {
  const path = await mkdtemp(join(tmpdir(), 'cordon-pages-'));
  const vite = join(root, 'node_modules/vite/bin/vite.js');
  await promisify(execFile)(process.execPath, [vite, 'build', 'dashboards/web', '--outDir', path], {
    cwd: root,
    // A test run says NODE_ENV=test, and React would be built as for development.
    env: { ...process.env, NODE_ENV: 'production' },
  });
  return {
    folder: pathToFileURL(`${path}/`),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}
