/** What nearly every verb needs first: the configuration, the directory, a log. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, findConfig, loadConfig } from '../core/config.ts';
import { type Directory, loadDirectory } from '../core/directory/directory.ts';
import { Fault } from '../core/errors.ts';
import { createLog, type Log } from '../core/log.ts';
import { nearest } from '../core/nearest.ts';
import { type TenantId, unattributed } from '../core/types.ts';
import type { Rules } from '../detectors/rules.ts';
import { collectors } from '../ingest/collectors/index.ts';
import { openStore, type Store } from '../store/index.ts';
import { overDeaths } from '../store/query.ts';
import type { Io } from './command.ts';
import { dataFolder, ownerWarning } from './data-owner.ts';
import { checkEndpoints } from './endpoints.ts';
import { applyRetention } from './retention.ts';
import { rulesOf } from './rules-files.ts';

export interface Context {
  readonly config: Config;
  readonly directory: Directory;
  /** All tenants: the directory's clients, and `_unattributed`. */
  readonly tenants: readonly TenantId[];
  /** What the firm set of its detectors. */
  readonly rules: Rules;
  readonly log: Log;
  /** For secrets that the configuration names by variable. */
  readonly env: Io['env'];
}

/** As the directory has them: what is asked for by another name must not name a file elsewhere. */
const tenantForm = /^[a-z][a-z0-9_]{0,40}$/;

/** A verb that ends says what it has to say itself; its log speaks of trouble only. */
const levelOf = (level: Config['log_level']): Config['log_level'] => (level === 'info' ? 'warn' : level);

/** `service`: runs until stopped, so its log is how it speaks. Throws CONFIG_INVALID and DIRECTORY_INVALID. */
export function loadContext(
  values: { config?: string | undefined },
  io: Io,
  kind: 'verb' | 'service' = 'verb',
): Context {
  const config = loadConfig(
    findConfig(values.config, io.env, io.cwd),
    collectors.map(({ name }) => name),
  );
  const warning = ownerWarning(dataFolder(config.data));
  if (warning !== '') io.err.write(warning);
  const directory = loadDirectory(config.directory);
  checkEndpoints(config, directory);
  const level = kind === 'service' ? config.log_level : levelOf(config.log_level);
  const tenants = [...directory.clients.keys(), unattributed];
  const rules = rulesOf(config.rules, directory);
  return { config, directory, tenants, rules, log: createLog(level), env: io.env };
}

/** Whether this data folder's process is the only one that lands: the embedded store belongs to it. A store by its address has whoever comes. */
export const landsAlone = ({ config }: Pick<Context, 'config'>): boolean => config.store === 'embedded';

/**
 * A client by its id or its alias: mails name it by alias alone. What is stored of one that has left the directory can be read, exported
 * and backed up until it is destroyed, by its id. Throws USAGE for one that nobody is.
 */
export function tenantNamed(
  { config, directory, tenants }: Pick<Context, 'config' | 'directory' | 'tenants'>,
  name: string,
): TenantId {
  const byId = tenants.find((tenant) => tenant === name);
  if (byId !== undefined) return byId;
  if (tenantForm.test(name) && existsSync(join(config.data, 'keys', 'tenants', `${name}.key`))) return name as TenantId;
  const [byAlias, ...others] = [...directory.clients.values()].filter(({ alias }) => alias === name);
  if (byAlias && others.length === 0) return byAlias.id;
  const near = nearest(name, tenants);
  throw new Fault('USAGE', `the directory has no client \`${name}\`${near ? `; did you mean \`${near}\`?` : ''}`);
}

/** The store for a question (`attach`), or held for as long as it is written to (`own`); then it keeps what it is told to keep. */
export async function storeOf(context: Context, mode: 'own' | 'attach', signal: AbortSignal): Promise<Store> {
  const { config, tenants, log } = context;
  const store = await openStore({ config, dataDir: config.data, tenants, log, signal, mode });
  if (mode === 'attach') return store;
  try {
    await overDeaths(store, signal, (until) => applyRetention(context, store, until));
    return store;
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
}
