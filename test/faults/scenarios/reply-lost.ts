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

export const replyLost = scenarioAside(
  'insert done, reply lost',
  { short: { losses: 12 }, long: { losses: 1_000 } },
  async (_, { losses }) => {
    await using opened = await openTestStore('one', 'two', 'three');
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
    const streams = new Streams(['one', 'two', 'three'], 2);
    await using watch = streams.watch(opened.store);
    await using running = vault(opened.store, landLog, streams.streams, clientOf);
    way.set('swallows some answers');
    while (way.lost() < losses) {
      const batches = Array.from({ length: roundsAtOnce }, () => streams.next()).flat();
      await running.deliver(...batches);
    }
    way.set('open');
    const verdict = await streams.verdict(opened.store, watch);
    await Promise.all([...clients.values()].map((client) => client.close()));
    return { faults: way.lost(), ...verdict, note: '' };
  },
);
