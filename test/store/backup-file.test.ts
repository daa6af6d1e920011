import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { tenantId } from '../../core/types.ts';
import { BackupWriter, openBackup } from '../../store/backup-file.ts';
import { folder } from '../helpers/folder.ts';

const key = 'ab'.repeat(32);
const header = { tenant: tenantId('acme'), at: '2026-03-04T09:15:02.000Z' };

function written(file: string, payloads: readonly string[] = ['one', 'two', '', 'three']) {
  const writer = new BackupWriter(file, header, key);
  for (const payload of payloads) writer.add('b', Buffer.from(payload));
  writer.finish(Buffer.from('{}'));
  return readFileSync(file);
}

function read(file: string, diskKey = key): string[] {
  const opened = openBackup(file);
  try {
    return [...opened.frames(diskKey)].map(({ kind, payload }) => `${kind} ${payload}`);
  } finally {
    opened.close();
  }
}

test('what is written comes back, in order, and says whose it is', () => {
  using place = folder();
  const file = place.file('a.backup');
  written(file);
  expect(read(file)).toEqual(['b one', 'b two', 'b ', 'b three', 'e {}']);
  const opened = openBackup(file);
  expect(opened.header).toEqual(header);
  opened.close();
});

test('it shows nothing of its content, and no other key opens it', () => {
  using place = folder();
  const file = place.file('a.backup');
  expect(written(file, ['a telling name']).includes('telling')).toBe(false);
  expect(() => read(file, 'cd'.repeat(32))).toThrow("this client's key does not open it");
});

test('a file that is there is never written over, and one given up leaves nothing', () => {
  using place = folder();
  const file = place.file('a.backup');
  new BackupWriter(file, header, key).abandon();
  written(file);
  expect(() => new BackupWriter(file, header, key)).toThrow('is there already');
});

test('every changed byte and every cut is noticed', () => {
  using place = folder();
  const whole = written(place.file('a.backup'));
  const file = place.file('b.backup');
  for (let at = 0; at < whole.length; at += 1) {
    const changed = Buffer.from(whole);
    changed[at] = (changed[at] ?? 0) ^ 1;
    writeFileSync(file, changed);
    expect(() => read(file)).toThrow();
    writeFileSync(file, whole.subarray(0, at));
    expect(() => read(file)).toThrow();
  }
});

test('frames in another order, or of another backup of the same client, are noticed', () => {
  using place = folder();
  const frame = 4 + 1 + 3 + 16;
  const whole = written(place.file('a.backup'), ['one', 'two']);
  const other = written(place.file('b.backup'), ['one', 'two']);
  const begin = whole.indexOf('}\n') + 2;
  const [first, second] = [whole.subarray(begin, begin + frame), whole.subarray(begin + frame, begin + 2 * frame)];
  const swapped = Buffer.concat([whole.subarray(0, begin), second, first, whole.subarray(begin + 2 * frame)]);
  const mixed = Buffer.concat([whole.subarray(0, begin), first, other.subarray(begin + frame)]);
  for (const content of [swapped, mixed]) {
    writeFileSync(place.file('c.backup'), content);
    expect(() => read(place.file('c.backup'))).toThrow(/does not open|was changed/);
  }
});
