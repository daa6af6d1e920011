import { expect, test } from '@jest/globals';
import { type AlertNow, type AnnounceDeps, announce } from '../../alerts/announce.ts';
import type { Said } from '../../alerts/decide.ts';
import type { Notifier } from '../../alerts/notifier.ts';
import { Rests } from '../../alerts/rests.ts';
import { Fault } from '../../core/errors.ts';
import { createLog } from '../../core/log.ts';
import { candidate, notice } from './example.ts';

const begin = Date.parse('2026-03-04T22:31:40.000Z');

function office({ down = () => false }: { down?: () => boolean } = {}) {
  const sent: string[] = [];
  const said = new Map<string, Said>();
  let tries = 0;
  const notifier: Notifier = {
    name: 'test',
    async notify({ candidate: { id }, version, say }, to) {
      tries += 1;
      if (down()) throw new Fault('NOTIFY_UNREACHABLE', 'away');
      sent.push(`${id} ${version} ${say}`);
      return { accepted: to.length, refused: 0 };
    },
  };
  const deps = (laterMs: number): AnnounceDeps => ({
    routes: [{ to: ['soc@firm.example'], severity_at_least: 'medium' }],
    otherwise: [],
    notifiers: [notifier],
    compose: async (found, parts) => notice(found, parts),
    record: async (alert, what) => void said.set(alert, what),
    now: () => begin + laterMs,
    log: createLog('silent'),
    signal: AbortSignal.timeout(60_000),
    limits: { attemptsMax: 2, firstWaitMs: 1, waitMsMax: 1 },
  });
  const open = (id: string, ...accesses: string[]): AlertNow => ({
    candidate: candidate({ id, accesses }),
    state: 'open',
    said: said.get(id),
  });
  return { sent, said, deps, open, tries: () => tries };
}

const hour = 3_600_000;

test('first told, then quiet, then news, then a reminder', async () => {
  const { sent, deps, open } = office();
  await announce([open('x', 'a')], deps(0));
  expect(await announce([open('x', 'a')], deps(1_000))).toMatchObject({ sent: 0, quiet: 1 });
  await announce([open('x', 'a', 'b')], deps(hour));
  await announce([open('x', 'a', 'b')], deps(26 * hour));
  expect(sent).toEqual(['x 1 first', 'x 2 new-evidence', 'x 3 reminder']);
});

test('evidence that was left out once is not news when it is back', async () => {
  const { sent, deps, open } = office();
  await announce([open('x', 'a', 'b')], deps(0));
  await announce([open('x', 'b', 'c')], deps(hour));
  await announce([open('x', 'a', 'b', 'c')], deps(2 * hour));
  expect(sent).toEqual(['x 1 first', 'x 2 new-evidence']);
});

test('what was not delivered was not said: the next tick tries again under the same number', async () => {
  let away = true;
  const { sent, said, deps, open, tries } = office({ down: () => away });
  expect(await announce([open('x', 'a'), open('y', 'b')], deps(0))).toMatchObject({ sent: 0, failed: 2 });
  expect(said.size).toBe(0);
  // A server that is away is not asked again for each alert.
  expect(tries()).toBe(2);
  away = false;
  await announce([open('x', 'a'), open('y', 'b')], deps(1_000));
  expect(sent).toEqual(['x 1 first', 'y 1 first']);
});

test('an alert that no route fits is counted', async () => {
  const { deps, open } = office();
  const low = { ...open('x', 'a'), candidate: candidate({ severity: 'low' }) };
  expect(await announce([low], deps(0))).toEqual({ sent: 0, quiet: 0, failed: 0, unrouted: 1 });
});

test('that no route fits is said once and after a rest again, and holds up nothing', async () => {
  const { deps, open, sent } = office();
  const rests = new Rests();
  const said: unknown[] = [];
  const log = { ...createLog('silent'), warn: (...args: unknown[]) => void said.push(args[1]) } as AnnounceDeps['log'];
  const low = { ...open('x', 'a'), candidate: candidate({ id: 'x', severity: 'low' }) };
  for (let second = 0; second < 60; second += 2) await announce([low], { ...deps(second * 1_000), rests, log });
  expect(said).toEqual(['no route fits this alert; nobody was told']);
  await announce([open('x', 'a', 'b')], { ...deps(59_000), rests, log });
  expect(sent).toEqual(['x 1 first']);
  await announce([low], { ...deps(60_000), rests, log });
  expect(said).toHaveLength(2);
});

test('what could not be delivered is not tried at every tick: after a minute, then two, at most ten', async () => {
  const { deps, open, tries, sent } = office({ down: () => true });
  const rests = new Rests();
  const tried: number[] = [];
  for (let second = 0; second <= 2_400; second += 10) {
    const before = tries();
    await announce([open('x', 'a')], { ...deps(second * 1_000), rests });
    if (tries() > before) tried.push(second);
  }
  expect(tried).toEqual([0, 60, 180, 420, 900, 1_500, 2_100]);
  expect(sent).toEqual([]);
});

test('what was delivered after a while rests no more', async () => {
  const { deps, open, tries, sent } = office({ down: () => tries() <= 2 });
  const rests = new Rests();
  for (const minutes of [0, 1, 2]) await announce([open('x', 'a')], { ...deps(minutes * 60_000), rests });
  await announce([open('x', 'a', 'b')], { ...deps(hour), rests });
  expect(sent).toEqual(['x 1 first', 'x 2 new-evidence']);
});
