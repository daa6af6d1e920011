import { createPublicKey } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { firstPrev, headerHash, signHeader } from '../../core/batch.ts';
import { type BatchHeader, type SealedBatch, tenantId } from '../../core/types.ts';
import { check } from '../../ingest/check.ts';
import { fixedKey } from '../helpers/sealed.ts';
import { Stream } from '../helpers/stream.ts';

const stream = new Stream('fs1');
const batches = [stream.next(2), stream.next(3), stream.next(1)] as const;
const [first, second, third] = batches;
const key = stream.publicKey;
const start = { seq: 0, prev: firstPrev };
const after = ({ header }: SealedBatch) => ({ seq: header.seq + 1, prev: headerHash(header) });
const refused = (reason: string) => ({ is: 'refused', reason });
const signed = (header: BatchHeader, by = fixedKey('fs1')): SealedBatch => ({
  ...second,
  header,
  sig: signHeader(header, by),
});

test('each batch of a stream is the next of the one before', () => {
  expect(check(first, start, key)).toEqual({ is: 'next', head: after(first) });
  expect(check(second, after(first), key)).toEqual({ is: 'next', head: after(second) });
  expect(check(third, after(second), key)).toEqual({ is: 'next', head: after(third) });
});

test('a number that was accepted before is there again', () => {
  expect(check(first, after(first), key)).toEqual({ is: 'again' });
  expect(check(first, after(third), key)).toEqual({ is: 'again' });
});

test('a number too high lands after a gap, which is told', () => {
  expect(check(third, after(first), key)).toEqual({ is: 'after-gap', head: after(third), missing: 1 });
  expect(check(third, start, key)).toEqual({ is: 'after-gap', head: after(third), missing: 2 });
});

test('two batches changed about: the first comes after a gap, the other is not let in again', () => {
  const verdict = check(second, start, key);
  expect(verdict).toMatchObject({ is: 'after-gap', missing: 1 });
  expect(check(first, after(second), key)).toEqual({ is: 'again' });
});

describe('refused is', () => {
  test('what comes from nobody registered', () => {
    expect(check(first, start, undefined)).toEqual(refused('its collector is not registered'));
  });

  test('what another collector signed', () => {
    expect(check(first, start, createPublicKey(fixedKey('fs2')))).toEqual(refused('its signature does not hold'));
    expect(check(signed(first.header, fixedKey('fs2')), start, key)).toEqual(refused('its signature does not hold'));
  });

  test.each([
    ['cut', first.sig.slice(0, 40)],
    ['empty', ''],
    ['of another batch', second.sig],
    ['no base64', '***'],
  ])('a signature that is %s', (_, sig) => {
    expect(check({ ...first, sig }, start, key)).toEqual(refused('its signature does not hold'));
  });

  const changes: Partial<Record<keyof BatchHeader, unknown>> = {
    v: 2,
    collector: 'fs2',
    tenant: tenantId('globex'),
    seq: 1,
    count: 3,
    from: '2026-03-04T09:15:01.000Z',
    until: '2026-03-04T09:15:03.000Z',
    root: '0'.repeat(64),
    prev: '1'.repeat(64),
    codec: 'gzip',
    lengths: [first.header.lengths[0] + 1, first.header.lengths[1] - 1],
    key: 'k1',
  };

  test('no field of the header is left out of the table below', () => {
    expect(Object.keys(changes).sort()).toEqual(Object.keys(first.header).sort());
  });

  test.each(Object.entries(changes))('a header whose `%s` was changed', (name, value) => {
    const batch = { ...first, header: { ...first.header, [name]: value } };
    expect(check(batch, start, key)).toEqual(refused('its signature does not hold'));
  });

  test.each([
    ['shorter', first.value.subarray(0, -1)],
    ['longer', Buffer.concat([first.value, Buffer.of(0)])],
    ['empty', Buffer.alloc(0)],
  ])('a value that is %s than the header says', (_, value) => {
    expect(check({ ...first, value }, start, key)).toEqual(refused('its value is not as long as its header says'));
  });

  test('what is rightly signed but follows another batch', () => {
    const other = new Stream('fs1').next(9);
    const fork = signed({ ...second.header, prev: headerHash(other.header) });
    expect(check(fork, after(first), key)).toEqual(refused('it does not follow the batch before it'));
  });
});
