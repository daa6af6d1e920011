/** `cordon directory check`: what is wrong with the directory, each with its place. */
import { resolve } from 'node:path';
import { findConfig, loadConfig } from '../core/config.ts';
import { checkDirectory } from '../core/directory/check.ts';
import { Fault } from '../core/errors.ts';
import { collectors } from '../ingest/collectors/index.ts';
import { command, type Io } from './command.ts';

export const directory = command({
  name: 'directory',
  examples: [
    'cordon directory check                   # the directory of ./cordon.yaml',
    'cordon directory check directory.yaml    # that file or folder, without a configuration',
    'cordon directory check --json',
  ],
  positionals: 'check [FILE]',
  options: {},
  run({ values, positionals: [what, file, ...more] }, io) {
    if (what !== 'check' || more.length > 0) {
      throw new Fault('USAGE', 'write `cordon directory check` or `cordon directory check FILE`');
    }
    const { folder, sources } = subject(values.config, file, io);
    const { counts, problems } = checkDirectory(folder, {
      sources,
      collectors: collectors.map(({ name, caseless }) => ({ name, caseless })),
    });
    const errors = problems.filter(({ level }) => level === 'error').length;
    if (values.json) {
      const listed = problems.map(({ level, where, message }) => ({ level, where, message }));
      io.out.write(`${JSON.stringify({ ...counts, problems: listed })}\n`);
    } else {
      for (const { level, where, message } of problems) io.out.write(`${where}: ${level}: ${message}\n`);
      const { clients, people, services } = counts;
      io.err.write(
        `${clients} clients, ${people} people, ${services} services: ${errors} errors, ${problems.length - errors} warnings\n`,
      );
    }
    return Promise.resolve(errors > 0 ? 1 : 0);
  },
});

/** A file named on the command line stands alone: which source has which collector is not known then. */
function subject(config: string | undefined, file: string | undefined, { env, cwd }: Io) {
  if (file !== undefined && config === undefined) return { folder: resolve(cwd, file), sources: undefined };
  const loaded = loadConfig(
    findConfig(config, env, cwd),
    collectors.map(({ name }) => name),
  );
  return { folder: file === undefined ? loaded.directory : resolve(cwd, file), sources: loaded.sources };
}
