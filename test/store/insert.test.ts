import { expect, test } from '@jest/globals';
import { Bodies } from '../../store/insert.ts';

const mib = 1024 * 1024;

test('a body is the values end to end, and its buffer serves again once it was given back', () => {
  const bodies = new Bodies();
  const first = bodies.take([Buffer.from('one '), Buffer.from('two')]);
  expect(first.toString()).toBe('one two');
  const second = bodies.take([Buffer.from('three')]);
  expect(second.buffer).not.toBe(first.buffer);
  bodies.giveBack(first);
  const third = bodies.take([Buffer.from('3')]);
  expect(third.buffer).toBe(first.buffer);
  expect(third.toString()).toBe('3');
  expect(second.toString()).toBe('three');
});

test('few are kept, and none that is much larger than a merge', () => {
  const bodies = new Bodies();
  const large = bodies.take([Buffer.alloc(17 * mib)]);
  bodies.giveBack(large);
  expect(bodies.take([Buffer.alloc(5 * mib)]).buffer).not.toBe(large.buffer);
  const three = [1, 2, 3].map(() => bodies.take([Buffer.alloc(1)]));
  for (const body of three) bodies.giveBack(body);
  const again = [1, 2, 3].map(() => bodies.take([Buffer.alloc(1)]).buffer);
  expect(again.filter((buffer) => three.some((body) => body.buffer === buffer))).toHaveLength(2);
});
