/** The two files an embedded server starts from: users with their grants and limits, and an encrypted disk for each database. */
import { createHash } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Profile, StoreUser } from '../users.ts';

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

/** Of each profile, what a session starts with and may not change: clients send settings with every query. */
const fixed: Readonly<Record<Profile, Readonly<Record<string, number | string>>>> = {
  land: {
    max_memory_usage: 600 * mib,
    max_execution_time: 120,
    max_concurrent_queries_for_user: 8,
    allow_ddl: 0,
    // A record with a wrong clock lands where it says; it must not stop the others of its batch.
    max_partitions_per_insert_block: 0,
  },
  judge: { max_memory_usage: 600 * mib, max_execution_time: 300, max_concurrent_queries_for_user: 8, allow_ddl: 0 },
  read: {
    readonly: 1,
    allow_ddl: 0,
    allow_introspection_functions: 0,
    max_memory_usage: 300 * mib,
    max_execution_time: 60,
    max_concurrent_queries_for_user: 8,
    max_rows_to_read: 200_000_000,
    max_result_rows: 20_000_000,
    max_result_bytes: 8_192 * mib,
    max_bytes_before_external_sort: 100 * mib,
    max_threads: 2,
  },
  witness: { max_memory_usage: 300 * mib, max_execution_time: 120, max_concurrent_queries_for_user: 8, allow_ddl: 0 },
  migrate: { max_memory_usage: 300 * mib, max_execution_time: 300 },
};

/** What every session starts with and may change. */
const defaults: Readonly<Record<string, number | string>> = {
  date_time_input_format: 'best_effort',
  date_time_output_format: 'iso',
  output_format_json_quote_64bit_integers: 0,
  // The skip indexes are built when parts are merged; a fresh part is small enough to be read whole.
  materialize_skip_indexes_on_insert: 0,
  input_format_parallel_parsing: 0,
  log_queries: 0,
};

/** What a reader's session may change although it is read-only; nothing here widens what is seen. */
const changeableByReaders = [
  'log_comment',
  'date_time_output_format',
  'output_format_json_quote_64bit_integers',
  'enable_http_compression',
  'max_block_size',
  'send_progress_in_http_headers',
  'http_headers_progress_interval_ms',
  'cancel_http_readonly_queries_on_client_close',
];

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

function profileXml(name: Profile): string {
  return settingsXml(name, { ...defaults, ...fixed[name] }, [
    ...Object.keys(fixed[name]).map((key) => `<${key}><const/></${key}>`),
    ...(name === 'read' ? changeableByReaders.map((key) => `<${key}><changeable_in_readonly/></${key}>`) : []),
  ]);
}

function settingsXml(name: string, given: Readonly<Record<string, number | string>>, constraints: readonly string[]) {
  const settings = Object.entries(given).map(([key, value]) => `<${key}>${value}</${key}>`);
  return `<${name}>${settings.join('')}<constraints>${constraints.join('')}</constraints></${name}>`;
}

/**
 * The server starts itself as `default`, which needs no password from this host. So that user holds one grant, to open
 * the port, and a quota of the two statements the server starts with. What asks no table is outside quotas; it is kept small.
 */
export function usersXml(users: readonly StoreUser[], passwordOf: (user: string) => string): string {
  const profiles = (Object.keys(fixed) as Profile[]).map(profileXml);
  const once = Object.keys(startUpLimits).map((key) => `<${key}><const/></${key}>`);
  const startUp = `<default><password></password><networks><ip>::1</ip></networks><profile>start_up</profile><quota>start_up</quota>
<grants><query>GRANT SYSTEM LISTEN ON *.*</query></grants></default>`;
  const all = users.map(({ name, profile, grants }) => {
    const digest = createHash('sha256').update(passwordOf(name)).digest('hex');
    return `<${name}><password_sha256_hex>${digest}</password_sha256_hex><networks><ip>127.0.0.1</ip></networks>
<profile>${profile}</profile><quota>default</quota>
<grants>${grants.map((grant) => `<query>GRANT ${grant}</query>`).join('')}</grants></${name}>`;
  });
  return `<clickhouse><profiles><default/>${settingsXml('start_up', startUpLimits, once)}${profiles.join('\n')}</profiles><quotas><default/>${startUpQuota}</quotas>
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
  const diskXml = disks.map(
    ({ name, keyVariable }) =>
      `<${name}><type>encrypted</type><disk>base</disk><path>${name}/</path><algorithm>AES_256_CTR</algorithm><key_hex from_env="${keyVariable}"/></${name}>`,
  );
  const policies = disks.map(({ name }) => `<${name}><volumes><main><disk>${name}</disk></main></volumes></${name}>`);
  return `<clickhouse>
<user_directories><users_xml><path>${escaped(join(home, 'users.xml'))}</path></users_xml></user_directories>
<listen_host>127.0.0.1</listen_host><http_port>${port}</http_port><logger><level>none</level></logger>
<access_control_improvements>
<select_from_system_db_requires_grant>true</select_from_system_db_requires_grant>
<select_from_information_schema_requires_grant>true</select_from_information_schema_requires_grant>
<settings_constraints_replace_previous>true</settings_constraints_replace_previous>
</access_control_improvements>
${settings.join('\n')}
<!-- Else each table looks for its parts on every other tenant's disk: 270,000 looks for 300 tenants. -->
<merge_tree><search_orphaned_parts_disks>none</search_orphaned_parts_disks></merge_tree>
<storage_configuration><disks><base><type>local</type><path>${escaped(join(home, 'data/tenants/'))}</path></base>
${diskXml.join('\n')}</disks><policies>${policies.join('\n')}</policies></storage_configuration>
</clickhouse>\n`;
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** Readable by the owner alone, and never seen half written. */
export function writePrivately(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
