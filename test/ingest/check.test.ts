import { createPublicKey } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { headerHash, signHeader } from '../../core/batch.ts';
import { type BatchHeader, type SealedBatch, tenantId } from '../../core/types.ts';
import {
  check,
  gapsMax,
  joined,
  newStream,
  refusals,
  reopened,
  type StreamState,
  type Verdict,
} from '../../ingest/check.ts';
import { fixedKey } from '../helpers/sealed.ts';
import { Stream } from '../helpers/stream.ts';

const stream = new Stream('fs1');
const batches = [stream.next(2), stream.next(3), stream.next(1)] as const;
const [first, second, third] = batches;
const key = stream.publicKey;
const start = newStream;
const behind = ({ header }: SealedBatch): StreamState => ({
  head: { seq: header.seq + 1, prev: headerHash(header) },
  gaps: [],
});
const refused = (reason: string) => ({ is: 'refused', reason });
const signed = (header: BatchHeader, by = fixedKey('fs1')): SealedBatch => ({
  ...second,
  header,
  sig: signHeader(header, by),
});

test('each batch of a stream is the next of the one before', () => {
  expect(check(first, start, [key])).toEqual({ is: 'next', state: behind(first) });
  expect(check(second, behind(first), [key])).toEqual({ is: 'next', state: behind(second) });
  expect(check(third, behind(second), [key])).toEqual({ is: 'next', state: behind(third) });
});

test('a number that came before is there again', () => {
  expect(check(first, behind(first), [key])).toEqual({ is: 'again' });
  expect(check(first, behind(third), [key])).toEqual({ is: 'again' });
});

describe('a gap', () => {
  const [, , , fourth, fifth] = [...batches, stream.next(1), stream.next(1)];
  if (!fourth || !fifth) throw new Error('there are five');
  const hash = ({ header }: SealedBatch) => headerHash(header);
  const stateOf = (verdict: Verdict): StreamState => {
    if (!('state' in verdict)) throw new Error(`let in was nothing: ${verdict.is}`);
    return verdict.state;
  };
  const holed = stateOf(check(fifth, behind(first), [key]));

  test('is known when a number too high comes, and what the chain says of it', () => {
    const gaps = [{ first: 1, last: 3, before: hash(first), after: hash(fourth) }];
    expect(check(fifth, behind(first), [key])).toEqual({
      is: 'after-gap',
      state: { ...behind(fifth), gaps },
      missing: 3,
    });
  });

  test('is filled in any order, and then there is none', () => {
    for (const order of [
      [second, third, fourth],
      [fourth, third, second],
      [third, second, fourth],
    ]) {
      let state = holed;
      for (const batch of order) {
        expect(check(batch, state, [key]).is).toBe('late');
        state = stateOf(check(batch, state, [key]));
        expect(check(batch, state, [key])).toEqual({ is: 'again' });
      }
      expect(state).toEqual(behind(fifth));
    }
  });

  test('is not filled by what does not fit between its neighbours', () => {
    const prev = '1'.repeat(64);
    expect(check(signed({ ...second.header, prev }), holed, [key])).toEqual(refused(refusals.chain));
    expect(check(signed({ ...fourth.header, lengths: second.header.lengths }), holed, [key])).toEqual(
      refused(refusals.chain),
    );
    const between = stateOf(check(second, holed, [key]));
    expect(check(signed({ ...third.header, lengths: second.header.lengths, prev }), between, [key])).toEqual(
      refused(refusals.chain),
    );
  });

  test('opens again where a batch that had been let in was refused', () => {
    const state = reopened(behind(third), second.header);
    expect(check(second, state, [key])).toEqual({ is: 'late', state: behind(third) });
    expect(check(first, state, [key])).toEqual({ is: 'again' });
    expect(reopened(state, second.header)).toBe(state);
  });

  test('lies where the store ends and what is remembered goes on', () => {
    const state = joined(behind(first), behind(third).head);
    expect(state.gaps).toEqual([{ first: 1, last: 2, before: hash(first), after: hash(third) }]);
    expect(check(second, state, [key]).is).toBe('late');
    expect(joined(behind(third), behind(first).head)).toEqual(behind(third));
  });

  test('the oldest is forgotten when there are too many', () => {
    let state = start;
    for (let seq = 1; seq <= 2 * gapsMax + 1; seq += 2)
      state = stateOf(check(signed({ ...second.header, seq }), state, [key]));
    expect(state.gaps).toHaveLength(gapsMax);
    expect(state.gaps[0]?.first).toBe(2);
  });
});

describe('refused is', () => {
  test('what comes from nobody registered', () => {
    expect(check(first, start, [])).toEqual(refused('its collector is not registered, or was revoked'));
  });

  test('what another collector signed', () => {
    expect(check(first, start, [createPublicKey(fixedKey('fs2'))])).toEqual(refused('its signature does not hold'));
    expect(check(signed(first.header, fixedKey('fs2')), start, [key])).toEqual(refused('its signature does not hold'));
  });

  test.each([
    ['cut', first.sig.slice(0, 40)],
    ['empty', ''],
    ['of another batch', second.sig],
    ['no base64', '***'],
  ])('a signature that is %s', (_, sig) => {
    expect(check({ ...first, sig }, start, [key])).toEqual(refused('its signature does not hold'));
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
    expect(check(batch, start, [key])).toEqual(refused('its signature does not hold'));
  });

  test.each([
    ['shorter', first.value.subarray(0, -1)],
    ['longer', Buffer.concat([first.value, Buffer.of(0)])],
    ['empty', Buffer.alloc(0)],
  ])('a value that is %s than the header says', (_, value) => {
    expect(check({ ...first, value }, start, [key])).toEqual(refused('its value is not as long as its header says'));
  });

  test('what is rightly signed but follows another batch', () => {
    const other = new Stream('fs1').next(9);
    const fork = signed({ ...second.header, prev: headerHash(other.header) });
    expect(check(fork, behind(first), [key])).toEqual(refused('it does not follow the batch before it'));
  });
});
