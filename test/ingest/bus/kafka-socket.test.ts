import { once } from 'node:events';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { expect, test } from '@jest/globals';
import { brokerSocket, hostOf, throughLibrary } from '../../../ingest/bus/kafka-socket.ts';

/** How kafkajs 2.2.4 takes an entry of `brokers` apart (src/cluster/connectionPoolBuilder.js). */
const cut = (broker: string) => ({ host: broker.split(':')[0] ?? '', port: Number(broker.split(':')[1]) });

test.each([
  ['[fd00::1]:9093', 'fd00::1', 9093],
  ['[::1]:9092', '::1', 9092],
  ['[::ffff:10.0.0.7]:9092', '::ffff:10.0.0.7', 9092],
  ['k1.firm.example:9093', 'k1.firm.example', 9093],
  ['10.0.0.7:9092', '10.0.0.7', 9092],
])('%s goes through the library and comes out as %s', (broker, host, port) => {
  const through = cut(throughLibrary(broker));
  expect({ host: hostOf(through.host), port: through.port }).toEqual({ host, port });
});

test('an address that a broker gave of itself is taken with brackets and without', () => {
  expect([hostOf('fd00::1'), hostOf('[fd00::1]')]).toEqual(['fd00::1', 'fd00::1']);
});

const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));

// A machine may have no IPv6 at all, and says so here.
(hasIpv6 ? test : test.skip)('a socket reaches a broker by its IPv6 address', async () => {
  const server = createServer((socket) => socket.end());
  server.listen(0, '::1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const { host } = cut(throughLibrary(`[::1]:${port}`));
  const connected = await new Promise<boolean>((resolve, reject) => {
    const socket = brokerSocket({ host, port, ssl: undefined, onConnect: () => resolve(true) });
    socket.once('error', reject);
  });
  expect(connected).toBe(true);
  server.close();
});
