import { createPublicKey } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { exporterKey } from '../../evidence/exporter-key.ts';
import { scratch } from '../helpers/bundle.ts';

test('is made once, is its owner’s alone, and its public half lies beside it', () => {
  using place = scratch();
  const key = exporterKey(place.folder);
  expect(exporterKey(place.folder).equals(key)).toBe(true);
  const keys = join(place.folder, 'keys');
  expect(readdirSync(keys).sort()).toEqual(['exporter.pem', 'exporter.pub.pem']);
  expect(statSync(join(keys, 'exporter.pem')).mode & 0o777).toBe(0o600);
  expect(createPublicKey(readFileSync(join(keys, 'exporter.pub.pem'))).equals(createPublicKey(key))).toBe(true);
});

test('a file that is no key is named, not replaced', () => {
  using place = scratch();
  exporterKey(place.folder);
  const file = join(place.folder, 'keys/exporter.pem');
  writeFileSync(file, 'no key');
  expect(() => exporterKey(place.folder)).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(file) }),
  );
  expect(readFileSync(file, 'utf8')).toBe('no key');
});
