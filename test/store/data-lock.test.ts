import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { holderOf, lockData } from '../../store/data-lock.ts';

const folder = mkdtempSync(join(tmpdir(), 'cordon-lock-'));
afterAll(() => rmSync(folder, { recursive: true }));

const signal = AbortSignal.timeout(400_000);
const lock = (name: string, purpose: 'serve' | 'read', waitMs = 0) =>
  lockData(join(folder, name), { purpose, waitMs, signal });

test('a second holder is told which process has the folder, and what to do', async () => {
  await using _ = await lock('a', 'serve');
  await expect(lock('a', 'serve', 5_000)).rejects.toMatchObject({
    code: 'IN_USE',
    about: { pid: process.pid },
    message: expect.stringMatching(new RegExp(`in use by process ${process.pid}; stop that process`)),
  });
});

test('two names of one folder are one lock', async () => {
  await using _ = await lock('b', 'serve');
  symlinkSync(join(folder, 'b'), join(folder, 'link'));
  await expect(lock('link', 'serve')).rejects.toMatchObject({ code: 'IN_USE' });
});

test('two folders are two locks', async () => {
  await using _ = await lock('c', 'serve');
  await using other = await lock('d', 'serve');
  expect(other.dataDir).toBe(join(folder, 'd'));
});

test('what was released can be taken again', async () => {
  {
    const before = Date.now();
    await using _ = await lock('e', 'serve');
    const holder = await holderOf(join(folder, 'e'));
    expect(holder).toEqual({ pid: process.pid, purpose: 'serve', since: expect.any(Number) });
    expect(holder?.since).toBeGreaterThanOrEqual(before);
    expect(holder?.since).toBeLessThanOrEqual(Date.now());
  }
  expect(await holderOf(join(folder, 'e'))).toBeUndefined();
  await using again = await lock('e', 'serve');
  expect(again.dataDir).toBe(join(folder, 'e'));
});

test('a question is waited for', async () => {
  const question = await lock('f', 'read');
  setTimeout(() => void question[Symbol.asyncDispose](), 200);
  await using after = await lock('f', 'serve', 5_000);
  expect(after.dataDir).toBe(join(folder, 'f'));
});
