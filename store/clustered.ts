/**
 * A statement for one server, as a cluster of replicas takes it. Pure, and the only place that knows the difference, so that
 * migrations and users stay one set. https://clickhouse.com/docs/engines/table-engines/mergetree-family/replication
 */
import { Fault } from '../core/errors.ts';

/** What every server has to do for itself, up to where ON CLUSTER comes. */
const forEachServer =
  /^(?:CREATE DATABASE IF NOT EXISTS \S+|CREATE TABLE IF NOT EXISTS \S+|DROP DATABASE IF EXISTS \S+|CREATE USER \S+|ALTER USER \S+|CREATE (?:SETTINGS PROFILE|QUOTA) OR REPLACE \S+|DROP (?:USER|SETTINGS PROFILE|QUOTA) IF EXISTS \S+|GRANT|REVOKE)(?=\s|$)/;
/** Changes of a replicated table go to its replicas by themselves, to those that are away when they come back. */
const forOneServer = /^ALTER TABLE /;
const tableName = /^CREATE TABLE IF NOT EXISTS (\w+)\.(\w+)\s/;
const engine = /\bENGINE = (MergeTree|ReplacingMergeTree)(?:\((\w+)\))?(?=\s)/;
const window = /\bnon_replicated_deduplication_window = (\d+)/;

/** As long as ClickHouse kept tokens before it was made an hour: a lander may be away over a weekend. */
const rememberedSeconds = 604_800;

/** A server that is away does its part when it comes back; nobody waits for it. The client's own type lacks this mode. */
export const clusterSettings = (cluster: string | undefined): Readonly<Record<string, string>> =>
  cluster === undefined ? {} : { distributed_ddl_output_mode: 'throw_only_active' };

/** `cluster`: its name in the servers' `remote_servers`; `undefined`: one server, and nothing changes. Throws STORE_REFUSED for what it does not know. */
export function clustered(statement: string, cluster: string | undefined): string {
  if (cluster === undefined || forOneServer.test(statement)) return statement;
  const [head] = forEachServer.exec(statement) ?? [];
  if (head === undefined) throw unknown(statement);
  const rest = statement.slice(head.length);
  const whole = `${head} ON CLUSTER \`${cluster}\`${rest}`;
  return head.startsWith('CREATE TABLE') ? replicated(whole, statement) : whole;
}

/** One path for each table on all servers; the server puts its own name in for `{replica}`. */
function replicated(whole: string, statement: string): string {
  const [, database, table] = tableName.exec(statement) ?? [];
  const [, family, version] = engine.exec(statement) ?? [];
  if (database === undefined || table === undefined || family === undefined) throw unknown(statement);
  const place = [`'/cordon/${database}/${table}'`, "'{replica}'", ...(version === undefined ? [] : [version])];
  const text = whole.replace(engine, () => `ENGINE = Replicated${family}(${place.join(', ')})`);
  if (window.test(text))
    return text.replace(
      window,
      (_, tokens: string) =>
        `replicated_deduplication_window = ${tokens}, replicated_deduplication_window_seconds = ${rememberedSeconds}`,
    );
  // A replicated table would drop an insert that equals an earlier one; tables that do not ask for that must not begin to.
  if (!/\bSETTINGS /.test(text)) throw unknown(statement);
  return `${text}, replicated_deduplication_window = 0`;
}

const unknown = (statement: string): Fault =>
  new Fault(
    'STORE_REFUSED',
    `store/clustered.ts does not know how a cluster takes \`${statement.slice(0, 60)}\`; teach it, or write the statement like the others`,
  );
