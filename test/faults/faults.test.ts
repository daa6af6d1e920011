/** The faults in their short form, one after the other over one running world. The long form is nightly.ts. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { scenarios } from './scenarios/index.ts';
import { verdictOf } from './world/verdict.ts';
import { World } from './world/world.ts';

jest.setTimeout(400_000);

let world: World;

beforeAll(async () => {
  world = await World.open();
});

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

test.each(scenarios)('$name: nothing is lost, and nobody sees anything twice at any moment', async ({ run }) => {
  const row = await run(world, 'short', 'later');
  expect(row).toMatchObject({ lost: 0, doubled: 0, foreign: 0, falls: 0 });
  expect(row.looks).toBeGreaterThan(0);
});

test('after all of them `cordon accesses` tells each record once', async () => {
  const { written, reconciled, ...told } = await verdictOf(world);
  expect(told).toEqual({ lost: 0, doubled: 0, foreign: 0 });
  expect(written).toBeGreaterThan(10_000);
  // Where ../shared is not there, its judge says nothing.
  expect(reconciled).not.toBe(false);
});

test('over all kills and restarts nobody was mailed twice of one refusal', () => {
  const about = world.mails.flatMap((mail) => /^Message-ID: (.*)$/im.exec(mail)?.[1] ?? []);
  expect(about.length).toBeGreaterThan(5);
  expect(new Set(about).size).toBe(about.length);
});
