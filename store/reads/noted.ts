/** Which clients of the server are noted when they are asked. Those of a tenant's reader and judge are; see `read-book.ts`. */
import type { ClickHouseClient } from '@clickhouse/client';

/** Told of a question; what it returns is told of each block of rows. */
export type Heard = (sql: string, params: object) => (rows: number) => void;

const heardBy = new WeakMap<ClickHouseClient, Heard>();

export const noted = (client: ClickHouseClient, heard: Heard): void => void heardBy.set(client, heard);

/** For whoever asks: says what is asked, and then how many rows came. */
export function noting(client: ClickHouseClient, sql: string, params: object): (rows: number) => void {
  return heardBy.get(client)?.(sql, params) ?? (() => undefined);
}
