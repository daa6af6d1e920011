/** `cordon rules check`: are the rules understood, and do the tests beside them hold. */
import { resolve } from 'node:path';
import { findConfig, loadConfig } from '../core/config.ts';
import { type Directory, loadDirectory } from '../core/directory/directory.ts';
import { Fault } from '../core/errors.ts';
import { runRuleTest } from '../detectors/rule-tests.ts';
import { collectors } from '../ingest/collectors/index.ts';
import { command, type Io } from './command.ts';
import { type ReadRules, readRules } from './rules-files.ts';

export const rules = command({
  name: 'rules',
  examples: [
    'cordon rules check                  # the rules of ./cordon.yaml, and the tests beside them',
    'cordon rules check rules/new.yaml   # that file or folder',
    'cordon rules check --json',
  ],
  positionals: 'check [PATH…]',
  options: {},
  run({ values, positionals: [what, ...paths] }, io) {
    if (what !== 'check') throw new Fault('USAGE', 'write `cordon rules check` or `cordon rules check PATH`');
    const { read, directory, collectorOf } = subject(values.config, paths, io);
    const results = read.tests.flatMap((file) =>
      file.tests.map(({ test, where }) => ({
        where,
        ...runRuleTest(test, directoryOf(file.directory ?? directory, where), read.rules, collectorOf),
      })),
    );
    const failed = results.filter(({ problems }) => problems.length > 0);
    if (values.json === true) {
      io.out.write(`${JSON.stringify({ files: read.files, tests: results.length, failed })}\n`);
    } else {
      for (const { where, name, problems } of failed)
        for (const problem of problems) io.out.write(`${where}: ${name}: ${problem}\n`);
      io.err.write(`${read.files.length} files, ${results.length} tests: ${failed.length} failed\n`);
    }
    return Promise.resolve(failed.length > 0 ? 1 : 0);
  },
});

interface Subject {
  readonly read: ReadRules;
  readonly directory: Directory | undefined;
  readonly collectorOf: (source: string) => string;
}

/** Files named on the command line stand alone where there is no configuration: clients are not looked up then. */
function subject(config: string | undefined, paths: readonly string[], { env, cwd }: Io): Subject {
  const named = paths.map((path) => resolve(cwd, path));
  if (named.length > 0 && config === undefined)
    return { read: readRules(named, undefined), directory: undefined, collectorOf: (source) => source };
  const loaded = loadConfig(
    findConfig(config, env, cwd),
    collectors.map(({ name }) => name),
  );
  const directory = loadDirectory(loaded.directory);
  const asked = named.length > 0 ? named : loaded.rules;
  if (asked.length === 0)
    throw new Fault('USAGE', `${loaded.file} names no rules; add \`rules: ./rules/\`, or name a file`);
  const collectorOf = (source: string) => loaded.sources.get(source)?.collector ?? source;
  return { read: readRules(asked, directory), directory, collectorOf };
}

function directoryOf(directory: Directory | undefined, where: string): Directory {
  if (directory) return directory;
  throw new Fault(
    'CONFIG_INVALID',
    `${where}: nobody is known here; put a \`directory:\` into the file, or check with --config`,
  );
}
