import { writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { loadGeo } from '../../core/geo.ts';
import { folder } from '../helpers/folder.ts';

function geoOf(text: string) {
  using place = folder();
  const file = place.file('geo.csv');
  writeFileSync(file, text);
  return loadGeo(file);
}

const head = 'network,country,kind,lat,lon\n';

test('the most specific network of either family says where an address is', () => {
  const geo = geoOf(`${head}203.0.113.0/24,GB,isp,51.5,-0.1\n203.0.113.128/25,IE\n2001:db8::/32,DE,mobile,,\n`);
  expect(geo('203.0.113.7')).toEqual({ country: 'GB', kind: 'isp', latitude: 51.5, longitude: -0.1 });
  expect(geo('203.0.113.200')).toEqual({ country: 'IE', kind: undefined, latitude: undefined, longitude: undefined });
  expect(geo('2001:db8::9')?.country).toBe('DE');
  expect(geo('::ffff:203.0.113.7')?.country).toBe('GB');
  expect(geo('198.51.100.1')).toBeUndefined();
  expect(geo('no address')).toBeUndefined();
});

test.each([
  ['net,land\n', ':1: the first line must begin'],
  [`${head}203.0.113.0/24,GB\n203.0.113.0/33,GB\n`, ':3: write a network'],
  [`${head}203.0.113.0/24,\n`, ':2: write a network'],
])('a table that says nothing is refused with its line: %j', (text, message) => {
  expect(() => geoOf(text)).toThrow(message);
});

test('a table that is not there is said by its name', () => {
  expect(() => loadGeo('/nowhere/geo.csv')).toThrow(
    '/nowhere/geo.csv, which should say where addresses are, cannot be read (ENOENT)',
  );
});
