/** What each kind of user may use up: settings, limits and quotas. `embedded/config-files.ts` writes them as XML, `server/` as SQL. */
const mib = 1024 * 1024;

export type Profile = 'land' | 'judge' | 'read' | 'witness' | 'migrate';
export type Settings = Readonly<Record<string, number | string>>;

export interface Quota {
  readonly seconds: number;
  /** By the names that ClickHouse has for them (https://clickhouse.com/docs/operations/quotas). */
  readonly limits: Readonly<Record<string, number>>;
}

export interface ProfileRule {
  /** What a session starts with and may change. */
  readonly defaults: Settings;
  /** What a session starts with and may not change: clients send settings with every query. */
  readonly fixed: Settings;
  /** What a session may change although it is read-only; nothing here widens what is seen. */
  readonly changeable: readonly string[];
  /** For each user apart, and so for each client. */
  readonly quota?: Quota;
}

const defaults: Settings = {
  date_time_input_format: 'best_effort',
  date_time_output_format: 'iso',
  output_format_json_quote_64bit_integers: 0,
  // The skip indexes are built when parts are merged; a fresh part is small enough to be read whole.
  materialize_skip_indexes_on_insert: 0,
  input_format_parallel_parsing: 0,
  log_queries: 0,
  // Of replicated tables only, and what docs/decisions/0016 rests on: an insert counts when most replicas have it, one after the other, and
  // a replica that lacks one of them does not answer. Of other tables they say nothing.
  insert_quorum: 'auto',
  insert_quorum_parallel: 0,
  insert_quorum_timeout: 60_000,
  select_sequential_consistency: 1,
};

const writer = { max_concurrent_queries_for_user: 8, allow_ddl: 0 };

export const profiles: Readonly<Record<Profile, ProfileRule>> = {
  land: {
    defaults,
    fixed: {
      max_memory_usage: 600 * mib,
      max_execution_time: 120,
      ...writer,
      // A record with a wrong clock lands where it says; it must not stop the others of its batch.
      max_partitions_per_insert_block: 0,
    },
    changeable: [],
  },
  judge: { defaults, fixed: { max_memory_usage: 600 * mib, max_execution_time: 300, ...writer }, changeable: [] },
  read: {
    defaults,
    fixed: {
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
    changeable: [
      'log_comment',
      'date_time_output_format',
      'output_format_json_quote_64bit_integers',
      'enable_http_compression',
      'max_block_size',
      'send_progress_in_http_headers',
      'http_headers_progress_interval_ms',
      'cancel_http_readonly_queries_on_client_close',
    ],
    // Against one client's readers wearing the server out for all others: half an hour of the server's time in each hour.
    quota: { seconds: 3_600, limits: { queries: 100_000, read_rows: 20_000_000_000, execution_time: 1_800 } },
  },
  witness: { defaults, fixed: { max_memory_usage: 300 * mib, max_execution_time: 120, ...writer }, changeable: [] },
  migrate: { defaults, fixed: { max_memory_usage: 300 * mib, max_execution_time: 300 }, changeable: [] },
};

export const profileNames = Object.keys(profiles) as Profile[];

/** Of the profile and of its quota, on any server. */
export const profileName = (profile: Profile): string => `cordon_${profile}`;
