/** One insert into ClickHouse, and what its errors mean for whoever has to decide about a retry. */
import { Readable } from 'node:stream';
import { type ClickHouseClient, ClickHouseError } from '@clickhouse/client';
import { Fault } from '../core/errors.ts';

/** ClickHouse's error codes for data it can never take, from its ErrorCodes.cpp; everything else may pass with time. */
const refusedFor = new Set([
  6, // CANNOT_PARSE_TEXT
  25, // CANNOT_PARSE_ESCAPE_SEQUENCE
  26, // CANNOT_PARSE_QUOTED_STRING
  27, // CANNOT_PARSE_INPUT_ASSERTION_FAILED
  32, // ATTEMPT_TO_READ_AFTER_EOF
  33, // CANNOT_READ_ALL_DATA
  38, // CANNOT_PARSE_DATE
  41, // CANNOT_PARSE_DATETIME
  53, // TYPE_MISMATCH
  69, // ARGUMENT_OUT_OF_BOUND
  70, // CANNOT_CONVERT_TYPE
  72, // CANNOT_PARSE_NUMBER
  117, // INCORRECT_DATA
  131, // TOO_LARGE_STRING_SIZE
  349, // CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
  321, // VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
  467, // CANNOT_PARSE_BOOL
  469, // VIOLATED_CONSTRAINT: an access of another tenant
]);

/** Kept to serve again: as many as inserts are under way as a rule. */
const bodiesMax = 2;
const bodyBytesMin = 4 * 1024 * 1024;
/** Of a full merge, unpacked, mostly; a larger one is not kept. */
const bodyBytesMax = 16 * 1024 * 1024;

/** How each table's rows come. A batch's columns are named, because the table has others that are made of them. */
const formOf = {
  accesses: 'FORMAT JSONEachRow',
  batches:
    '(collector, seq, count, `from`, until, root, prev, codec, accesses_length, records_length, `key`, sig, value, lane, merge, lander) FORMAT RowBinary',
} as const;

/**
 * The bodies of inserts, in buffers that serve again: they are megabytes outside the heap, and for new ones of that size V8
 * collects all of it again and again.
 */
export class Bodies {
  readonly #spare: Buffer[] = [];

  /** The values end to end, until it is given back. */
  take(values: readonly Buffer[]): Buffer {
    const length = values.reduce((sum, value) => sum + value.length, 0);
    const known = this.#spare.findIndex((one) => one.length >= length);
    const [buffer = Buffer.allocUnsafeSlow(Math.max(length, bodyBytesMin))] =
      known < 0 ? [] : this.#spare.splice(known, 1);
    let at = 0;
    for (const value of values) at += value.copy(buffer, at);
    return buffer.subarray(0, length);
  }

  /** Only of an insert that was answered: of another one the connection may still be sending. */
  giveBack(body: Buffer): void {
    const buffer = Buffer.from(body.buffer);
    if (buffer.length > bodyBytesMax) return;
    if (this.#spare.length >= bodiesMax) this.#spare.shift();
    this.#spare.push(buffer);
  }
}

/** Throws STORE_REFUSED for content, STORE_UNREACHABLE for everything that is worth a retry. The token makes a retry no second insert. */
export async function insert(
  client: ClickHouseClient,
  table: keyof typeof formOf,
  values: readonly Buffer[],
  token: string,
  signal: AbortSignal,
  bodies = new Bodies(),
): Promise<void> {
  const body = bodies.take(values);
  try {
    const { stream } = await client.exec({
      query: `INSERT INTO ${table} ${formOf[table]}`,
      // One chunk: a chunk costs a turn of the event loop, and a collector beside it makes turns long.
      values: Readable.from([body]),
      abort_signal: signal,
      clickhouse_settings: {
        insert_deduplicate: 1,
        insert_deduplication_token: token,
        date_time_input_format: 'best_effort',
        async_insert: 0,
        wait_end_of_query: 1,
      },
    });
    // The answer is empty, but the connection is free for the next insert only once it was read.
    for await (const _ of stream);
    bodies.giveBack(body);
  } catch (error) {
    const code = error instanceof ClickHouseError ? Number(error.code) : 0;
    if (refusedFor.has(code)) {
      throw new Fault('STORE_REFUSED', `the store cannot take this content (code ${code})`, { code, table }, error);
    }
    throw new Fault('STORE_UNREACHABLE', `the store did not take an insert into ${table}`, { code, table }, error);
  }
}
