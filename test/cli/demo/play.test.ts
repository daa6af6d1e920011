import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { playDemo } from '../../../cli/demo/play.ts';
import { writeDemoFirm } from '../../../cli/demo/write.ts';
import { freshFolder } from './firm-in-a-folder.ts';

const now = Date.parse('2026-11-05T14:00:00Z');

function written() {
  const folder = freshFolder();
  const firm = writeDemoFirm(folder, { seed: 1, now });
  const bytes = () => firm.files.reduce((sum, { path }) => sum + statSync(path).size, 0);
  return { folder, firm, bytes, records: firm.files.reduce((sum, { records }) => sum + records, 0) };
}

test('the logs are empty until it plays, and then only grow', async () => {
  const { folder, bytes, records } = written();
  expect(bytes()).toBe(0);
  const sizes: number[] = [];
  const parts = new Set<boolean>();
  const done = await playDemo(folder, {
    signal: AbortSignal.timeout(120_000),
    speed: 1e7,
    progress: (_done, total, live) => {
      expect(total).toBe(records);
      sizes.push(bytes());
      parts.add(live);
    },
  });
  expect(done).toBe(records);
  expect(sizes.length).toBeGreaterThanOrEqual(5);
  expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
  expect([...parts]).toEqual([false, true]);
});

test('the trouble comes in the slow part', async () => {
  const { folder, firm } = written();
  let past = '';
  const stop = new AbortController();
  await playDemo(folder, {
    signal: stop.signal,
    progress: (_done, _total, live) => {
      if (!live) past = firm.files.map(({ path }) => readFileSync(path, 'latin1')).join('');
      else stop.abort();
    },
  });
  expect(past.length).toBeGreaterThan(100_000);
  expect(past).not.toMatch(/treiner\|[^|]*\|[^|]*\|work\|\w+\|ok\|(r\|)?\/srv\/work\/Kestrel/);
});

test('told to stop, it stops and says how much it wrote', async () => {
  const { folder, records } = written();
  const stop = new AbortController();
  const done = await playDemo(folder, { signal: stop.signal, speed: 1_000, progress: () => stop.abort() });
  expect(done).toBeGreaterThan(0);
  expect(done).toBeLessThan(records);
});

test('a folder without a demo is named', async () => {
  const folder = join(freshFolder(), 'nothing');
  await expect(playDemo(folder, { signal: AbortSignal.timeout(100) })).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: `${folder} holds no demo; run \`cordon demo\` to make one`,
  });
});
