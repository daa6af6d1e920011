/** A real Chromium: $CHROMIUM, else the system's. Tests that need one fail without it; they are never skipped. */
import { existsSync } from 'node:fs';
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
