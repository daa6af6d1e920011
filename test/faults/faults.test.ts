/** The faults in their short form, one after the other over one running world. The long form is nightly.ts. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { scenarios } from './scenarios/index.ts';
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
  const row = await run(world, 'short');
  expect(row).toMatchObject({ lost: 0, doubled: 0, foreign: 0, falls: 0 });
  // Where ../shared is not there, its judge says nothing.
  expect(row.reconciled).not.toBe(false);
  expect(row.looks).toBeGreaterThan(0);
});
