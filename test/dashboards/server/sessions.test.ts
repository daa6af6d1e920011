import { expect, test } from '@jest/globals';
import { operator } from '../../../dashboards/server/policy.ts';
import { createSessions, idleMsMax, linkAgeMsMax, sessionAgeMsMax } from '../../../dashboards/server/sessions.ts';

function withClock() {
  let now = 1_000_000;
  const later = (ms: number) => {
    now += ms;
  };
  return { sessions: createSessions(() => now), later };
}

/** The token of an open session. */
function entered({ sessions }: ReturnType<typeof withClock>): string {
  return sessions.enter(sessions.link(operator)) ?? 'refused';
}

test('a link is 256 bits and opens one session, once', () => {
  const { sessions } = withClock();
  const link = sessions.link(operator);
  expect(Buffer.from(link, 'base64url')).toHaveLength(32);
  const token = sessions.enter(link) ?? '';
  expect(sessions.find(token)?.viewer).toBe(operator);
  expect(sessions.enter(link)).toBeUndefined();
});

test('the token of a link is not the token of its session, nor the other way round', () => {
  const { sessions } = withClock();
  const link = sessions.link(operator);
  expect(sessions.find(link)).toBeUndefined();
  const token = sessions.enter(link) ?? '';
  expect(sessions.enter(token)).toBeUndefined();
});

test('a link nobody followed is dead after a quarter of an hour, and not before', () => {
  const clock = withClock();
  const [early, late] = [clock.sessions.link(operator), clock.sessions.link(operator)];
  clock.later(linkAgeMsMax - 1);
  expect(clock.sessions.enter(early)).toEqual(expect.any(String));
  clock.later(1);
  expect(clock.sessions.enter(late)).toBeUndefined();
});

test('a session lives while it is used', () => {
  const clock = withClock();
  const token = entered(clock);
  for (let n = 0; n < 5; n += 1) {
    clock.later(idleMsMax - 1);
    expect(clock.sessions.find(token)?.viewer).toBe(operator);
  }
  clock.later(idleMsMax);
  expect(clock.sessions.find(token)).toBeUndefined();
});

test('a session ends after its whole length however it is used', () => {
  const clock = withClock();
  const token = entered(clock);
  const step = idleMsMax / 2;
  for (let used = step; used < sessionAgeMsMax; used += step) {
    clock.later(step);
    expect(clock.sessions.find(token)?.viewer).toBe(operator);
  }
  clock.later(step);
  expect(clock.sessions.find(token)).toBeUndefined();
});

test('signing out ends the session', () => {
  const clock = withClock();
  const token = entered(clock);
  clock.sessions.end(token);
  expect(clock.sessions.find(token)).toBeUndefined();
});

test('links are bounded: the oldest gives way', () => {
  const { sessions } = withClock();
  const first = sessions.link(operator);
  for (let n = 0; n < 64; n += 1) sessions.link(operator);
  expect(sessions.enter(first)).toBeUndefined();
});
