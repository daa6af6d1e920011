/** The two files an embedded server starts from: users with their grants and limits, and an encrypted disk for each database. */
import { join } from 'node:path';
import { accessXml, diskStorageXml, partsXml } from '../disks.ts';
import type { StoreUser } from '../users.ts';
import { profilesXml, quotasXml, settingsXml, userXml } from '../users-xml.ts';

const mib = 1024 * 1024;
/** Beside it lie about 300 MiB of the library itself, so that the process stays under 1.5 GiB. */
const serverBytesMax = 1_100 * mib;
/**
 * A table that remembers its inserts keeps that log open with a buffer of 1 MiB, and the disk's cipher has another one. They are
 * allocated, so the server counts them, but hardly a page of them is ever touched: they are no memory of the process.
 */
const untouchedBytesPerLog = 2 * mib;

export interface Disk {
  /** Letters, digits and `_`. */
  readonly name: string;
  readonly keyVariable: string;
}

/** Rows the server's own statement sleeps through, three seconds each: nine years. */
export const sleepRowsMax = 100_000_000;
/** The two statements a server starts with, until 2038: the longest interval a quota takes. */
const startUpQuota = '<start_up><interval><duration>2147483647</duration><queries>2</queries></interval></start_up>';
const startUpLimits: Readonly<Record<string, number>> = {
  max_concurrent_queries_for_user: 1,
  max_memory_usage: 64 * mib,
  max_threads: 1,
  max_rows_to_read: sleepRowsMax,
};

/**
 * The server starts itself as `default`, which needs no password from this host. So that user holds one grant, to open
 * the port, and a quota of the two statements the server starts with. What asks no table is outside quotas; it is kept small.
 */
export function usersXml(users: readonly StoreUser[], passwordOf: (user: string) => string): string {
  const once = Object.keys(startUpLimits).map((key) => `<${key}><const/></${key}>`);
  const startUp = `<default><password></password><networks><ip>::1</ip></networks><profile>start_up</profile><quota>start_up</quota>
<grants><query>GRANT SYSTEM LISTEN ON *.*</query></grants></default>`;
  const all = users.map((user) => userXml(user, passwordOf(user.name), '127.0.0.1'));
  return `<clickhouse><profiles><default/>${settingsXml('start_up', startUpLimits, once)}${profilesXml()}</profiles>
<quotas><default/>${startUpQuota}${quotasXml()}</quotas>
<users>${[startUp, ...all].join('\n')}</users></clickhouse>\n`;
}

/** Sized for two cores and a few hundred tenants; none of the server's own logs, which would hold what was asked. */
const serverSettings: Readonly<Record<string, number>> = {
  // Left alone its count only drifts upwards.
  memory_worker_correct_memory_tracker: 1,
  mark_cache_size: 64 * mib,
  index_mark_cache_size: 16 * mib,
  primary_index_cache_size: 32 * mib,
  uncompressed_cache_size: 0,
  mmap_cache_size: 0,
  compiled_expression_cache_size: 8 * mib,
  query_condition_cache_size: 8 * mib,
  background_pool_size: 2,
  background_merges_mutations_concurrency_ratio: 2,
  background_schedule_pool_size: 4,
  background_move_pool_size: 1,
  background_fetches_pool_size: 1,
  background_common_pool_size: 2,
  background_buffer_flush_schedule_pool_size: 1,
  background_distributed_schedule_pool_size: 1,
  background_message_broker_schedule_pool_size: 1,
  // Each table is asked again and again whether it has something to merge or to clear away, by default after 0.1 s and 10 %
  // more each time. An insert asks at once, whatever these say. With 1,500 tables that were a fifth of a core for minutes.
  background_processing_pool_thread_sleep_seconds_if_nothing_to_do: 5,
  background_processing_pool_task_sleep_seconds_when_no_work_multiplier: 2,
  background_processing_pool_task_sleep_seconds_when_no_work_max: 60,
  background_processing_pool_task_sleep_seconds_when_no_work_random_part: 5,
  // Nothing is streamed out of a table here, and each is asked all the same.
  background_streaming_processing_pool_thread_sleep_seconds_if_nothing_to_do: 600,
  background_streaming_schedule_pool_size: 1,
  max_connections: 512,
  max_concurrent_queries: 100,
  max_table_size_to_drop: 0,
};

export interface ServerFiles {
  readonly home: string;
  readonly port: number;
  readonly disks: readonly Disk[];
  /** Of all databases, the tables that remember their inserts (`non_replicated_deduplication_window`). */
  readonly insertLogs: number;
}

export function configXml({ home, port, disks, insertLogs }: ServerFiles): string {
  const limits = { max_server_memory_usage: serverBytesMax + insertLogs * untouchedBytesPerLog, ...serverSettings };
  const settings = Object.entries(limits).map(([key, value]) => `<${key}>${value}</${key}>`);
  const keyed = disks.map(({ name, keyVariable }) => ({ name, key: `<key_hex from_env="${keyVariable}"/>` }));
  const base = `<base><type>local</type><path>${escaped(join(home, 'data/tenants/'))}</path></base>`;
  return `<clickhouse>
<user_directories><users_xml><path>${escaped(join(home, 'users.xml'))}</path></users_xml></user_directories>
<listen_host>127.0.0.1</listen_host><http_port>${port}</http_port><logger><level>none</level></logger>
${accessXml}
${settings.join('\n')}
${partsXml}
${diskStorageXml(keyed, 'base', '', base)}
</clickhouse>\n`;
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
