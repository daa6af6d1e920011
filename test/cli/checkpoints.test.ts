/** Checkpoints of one store made by several landers, each as on a machine of its own. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { expect, jest, test } from '@jest/globals';
import { CheckpointMaker } from '../../cli/checkpoints.ts';
import { loadConfig } from '../../core/config.ts';
import { createLog } from '../../core/log.ts';
import { type TenantId, tenantId } from '../../core/types.ts';
import { checkpointHash, firstCheckpointPrev, readCheckpoint } from '../../evidence/checkpoint.ts';
import type { Store } from '../../store/index.ts';
import { checkpointsFrom } from '../../store/queries/checkpoints.ts';
import { all } from '../../store/query.ts';
import { folder } from '../helpers/folder.ts';
import { openAt } from '../helpers/open-test-store.ts';

jest.setTimeout(400_000);
const signal = AbortSignal.timeout(400_000);
const begun = Date.parse('2026-03-04T09:00:00.000Z');
const minuteMs = 60_000;

const chainOf = async (store: Store, tenant: TenantId) =>
  (await all(store.client('witness', tenant), checkpointsFrom, { first: 0, limit: 1_000 }, signal)).map(
    ({ block }) => ({ ...readCheckpoint(block), hash: checkpointHash(block) }),
  );

test('several landers make one chain, and what one has just made no other makes again', async () => {
  using place = folder();
  mkdirSync(place.file('witness'));
  writeFileSync(
    place.file('cordon.yaml'),
    'data: ./data\ndirectory: ./directory.yaml\nsources: {}\ncheckpoints: { folder: ./witness }\nbus: { kafka: { brokers: [k:9092] } }\n',
  );
  const names = ['t0', 't1', 't2'];
  await using store = await openAt(place.file('data'), ...names);
  let now = begun;
  const config = loadConfig(place.file('cordon.yaml'), []);
  // No two clocks are the same, so that no two checkpoints are the same text.
  const makers = [1, 2, 3].map(
    (ms) => new CheckpointMaker({ config, log: createLog('silent') }, store, () => now + ms),
  );
  for (let round = 0; round < 4; round += 1) {
    await Promise.all(makers.map((maker) => maker.tick(signal)));
    // Alone, so that there is one for certain; then again, too soon.
    now += 5 * minuteMs;
    for (const maker of makers) await maker.tick(signal);
    now += minuteMs;
    for (const maker of makers) await maker.tick(signal);
    now += 4 * minuteMs;
  }
  for (const name of names) {
    const chain = await chainOf(store, tenantId(name));
    expect(chain.map(({ number }) => number)).toEqual(chain.map((_, i) => i));
    expect(chain.map(({ prev }) => prev)).toEqual([firstCheckpointPrev, ...chain.slice(0, -1).map(({ hash }) => hash)]);
    expect(chain).toHaveLength(8);
  }
});
