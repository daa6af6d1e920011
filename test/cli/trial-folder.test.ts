import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { trialFolder } from '../../cli/trial-folder.ts';
import { folder } from '../helpers/folder.ts';

test('lies in the data folder, for its owner alone, and is gone afterwards with all that is in it', async () => {
  using dir = folder();
  let path = '';
  {
    await using trial = await trialFolder(dir.path, 'drill');
    path = trial.path;
    expect(path.startsWith(join(dir.path, 'trials', 'drill-'))).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    writeFileSync(join(path, 'half'), 'a restored client');
  }
  expect(existsSync(path)).toBe(false);
});

test('what a killed trial left goes with the next of its name; one that runs is left alone', async () => {
  using dir = folder();
  mkdirSync(dir.file('trials/drill-dead/data'), { recursive: true });
  mkdirSync(dir.file('trials/canary-dead'), { recursive: true });
  await using first = await trialFolder(dir.path, 'drill');
  await using second = await trialFolder(dir.path, 'drill');
  const there = readdirSync(dir.file('trials')).map((name) => dir.file(`trials/${name}`));
  expect(there.sort()).toEqual([dir.file('trials/canary-dead'), first.path, second.path].sort());
});
