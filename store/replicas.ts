/** Questions are spread over the replicas of a cluster; one that does not answer is passed over. Inserts and changes are not: they go to `url`. */
import { type ClickHouseClient, ClickHouseError } from '@clickhouse/client';

interface Spread {
  readonly replicas: readonly ClickHouseClient[];
  turn: number;
}

const spreads = new WeakMap<ClickHouseClient, Spread>();

/** What `client` is asked by `onReplica` goes to these in turn, and to itself when none of them answers. */
export function spreadOver(client: ClickHouseClient, replicas: readonly ClickHouseClient[]): void {
  if (replicas.length > 0) spreads.set(client, { replicas, turn: 0 });
}

/** Each is tried once at most. Throws what the last one threw. */
export async function onReplica<Answer>(
  client: ClickHouseClient,
  ask: (one: ClickHouseClient) => Promise<Answer>,
): Promise<Answer> {
  const spread = spreads.get(client);
  if (!spread) return ask(client);
  const { replicas } = spread;
  const first = spread.turn;
  spread.turn = (first + 1) % replicas.length;
  for (const one of [...replicas.slice(first), ...replicas.slice(0, first)]) {
    try {
      return await ask(one);
    } catch (error) {
      if (!isOfThisReplica(error)) throw error;
    }
  }
  return ask(client);
}

/** A cluster that is not whole, or a replica that is behind: it passes with time (ClickHouse ErrorCodes.cpp). */
const notWhole = new Set([
  '209', // SOCKET_TIMEOUT
  '210', // NETWORK_ERROR
  '225', // NO_ZOOKEEPER
  '242', // TABLE_IS_READ_ONLY: it lost its Keeper
  '285', // TOO_FEW_LIVE_REPLICAS
  '286', // UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE: another insert is under way
  '289', // REPLICA_IS_NOT_IN_QUORUM: it lacks what the majority has
  '319', // UNKNOWN_STATUS_OF_INSERT
  '999', // KEEPER_EXCEPTION
]);

export const isNotWhole = ({ code }: ClickHouseError): boolean => notWhole.has(code);

/** UNKNOWN_TABLE, UNKNOWN_DATABASE: it came back, and has not made what was made meanwhile. */
const notMadeYet = new Set(['60', '81']);

/** What another replica may not say. Without an answer it has a code of Node's own; a question that was called off has none. */
export function isOfThisReplica(error: unknown): boolean {
  if (error instanceof ClickHouseError) return isNotWhole(error) || notMadeYet.has(error.code);
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string';
}
