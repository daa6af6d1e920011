/** What nearly every verb needs first: the configuration, the directory, a log. */
import { type Config, findConfig, loadConfig } from '../core/config.ts';
import { type Directory, loadDirectory } from '../core/directory/directory.ts';
import { createLog, type Log } from '../core/log.ts';
import { type TenantId, unattributed } from '../core/types.ts';
import { collectors } from '../ingest/collectors/index.ts';
import type { Io } from './command.ts';

export interface Context {
  readonly config: Config;
  readonly directory: Directory;
  /** All tenants: the directory's clients, and `_unattributed`. */
  readonly tenants: readonly TenantId[];
  readonly log: Log;
}

/** Throws CONFIG_INVALID and DIRECTORY_INVALID. */
export function loadContext(values: { config?: string | undefined }, io: Io): Context {
  const config = loadConfig(
    findConfig(values.config, io.env, io.cwd),
    collectors.map(({ name }) => name),
  );
  const directory = loadDirectory(config.directory);
  return { config, directory, tenants: [...directory.clients.keys(), unattributed], log: createLog(config.log_level) };
}
