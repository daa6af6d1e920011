/** The store has taken an insert, and its answer is lost on the way: whoever lands cannot know, and must not insert it again. */
import { join } from 'node:path';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import type { TenantId } from '../../../core/types.ts';
import { LandLog } from '../../../ingest/land-log.ts';
import { readEndpoint } from '../../../store/embedded/endpoint.ts';
import { openSecrets } from '../../../store/secrets.ts';
import { folder } from '../../helpers/folder.ts';
import { gate } from '../../helpers/gate.ts';
import { openTestStore } from '../../helpers/open-test-store.ts';
import { vault } from '../../helpers/vault.ts';
import { scenarioAside } from './scenario.ts';
import { Streams } from './streams.ts';

const roundsAtOnce = 2;

interface Size {
  readonly losses: number;
  /** Each has merges of its own, so that the lander has others to land while one is tried again. */
  readonly clients: number;
}

export const replyLost = scenarioAside<Size>(
  'insert done, reply lost',
  { short: { losses: 12, clients: 3 }, long: { losses: 1_000, clients: 24 } },
  async (_, { losses, clients: count }) => {
    const tenants = Array.from({ length: count }, (_, n) => `client_${n}`);
    await using opened = await openTestStore(...tenants);
    using dir = folder();
    await using landLog = new LandLog(dir.path);
    await using way = await gate(readEndpoint(join(opened.dataDir, 'clickhouse'))?.port ?? 0);
    const clients = new Map<TenantId, ClickHouseClient>();
    const secrets = openSecrets(opened.dataDir);
    const clientOf = (tenant: TenantId): ClickHouseClient => {
      const client =
        clients.get(tenant) ??
        createClient({
          url: `http://127.0.0.1:${way.port}`,
          username: `land_${tenant}`,
          password: secrets.passwordOf(`land_${tenant}`),
          database: secrets.databaseOf(tenant),
          // A connection for each request, so that each answer can be lost by itself.
          keep_alive: { enabled: false },
          log: { level: ClickHouseLogLevel.OFF },
        });
      clients.set(tenant, client);
      return client;
    };
    const streams = new Streams(tenants, 2);
    await using watch = streams.watch(opened.store);
    await using running = vault(opened.store, landLog, streams.streams, clientOf);
    way.set('swallows some answers');
    const sending = tenants.map(async (tenant) => {
      while (way.lost() < losses)
        await running.deliver(...Array.from({ length: roundsAtOnce }, () => streams.next(tenant)).flat());
    });
    await Promise.all(sending);
    way.set('open');
    const verdict = await streams.verdict(opened.store, watch);
    await Promise.all([...clients.values()].map((client) => client.close()));
    return {
      faults: way.lost(),
      ...verdict,
      note: `${way.lost()} answers lost of ${way.inserts()} inserts, ${count} clients`,
    };
  },
);
