import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { firstCheckpointPrev, signCheckpoint } from '../../evidence/checkpoint.ts';
import { openWitness } from '../../evidence/witness.ts';
import { folder } from '../helpers/folder.ts';
import { fixedKey } from '../helpers/sealed.ts';

const made = (number: number) =>
  signCheckpoint(
    { tenant: 'acme', number, at: '2026-03-04T09:15:00.000Z', prev: firstCheckpointPrev, heads: [] },
    fixedKey('vault'),
  );

test('what is written away is there in order, a file a client', () => {
  using place = folder();
  const witness = openWitness(place.path);
  expect(witness.last('acme')).toBeUndefined();
  witness.append('acme', [made(0)]);
  witness.append('acme', [made(1), made(2)]);
  expect(openWitness(place.path).last('acme')).toEqual(made(2));
  expect(witness.all('acme')).toEqual([made(0), made(1), made(2)]);
  expect(witness.all('globex')).toEqual([]);
});

test('a line torn by a crash stays, and the checkpoint is written again behind it', () => {
  using place = folder();
  const witness = openWitness(place.path);
  witness.append('acme', [made(0)]);
  const text = JSON.stringify(made(1));
  for (const length of [40, 20]) {
    appendFileSync(place.file('acme.ndjson'), text.slice(0, length));
    expect(witness.last('acme')).toEqual(made(0));
    if (length === 40) appendFileSync(place.file('acme.ndjson'), '\n');
  }
  witness.append('acme', [made(1)]);
  expect(witness.all('acme')).toEqual([made(0), made(1)]);
  expect(readFileSync(place.file('acme.ndjson'), 'utf8')).toContain(
    `${text.slice(0, 40)}\n${text.slice(0, 20)}\n${text}\n`,
  );
});

test('a line that is no checkpoint is damage, not a crash', () => {
  using place = folder();
  writeFileSync(place.file('acme.ndjson'), `${JSON.stringify(made(0))}\n{"block":"x"\n${JSON.stringify(made(1))}\n`);
  expect(() => openWitness(place.path).all('acme')).toThrow('acme.ndjson:2 is no checkpoint');
});

test('a folder that is not mounted is an error, never a new folder', () => {
  using place = folder();
  rmSync(place.path, { recursive: true });
  expect(() => openWitness(place.path).append('acme', [made(0)])).toThrow('mount or make it');
});
