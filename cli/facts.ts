/** `cordon facts import`: adds facts to the fact log. The same file twice changes nothing. */
import { resolve } from 'node:path';
import { Fault } from '../core/errors.ts';
import { readFactFile, strangersOf } from '../core/fact-lines.ts';
import { openFactLog } from '../store/fact-log.ts';
import { command } from './command.ts';
import { loadContext } from './context.ts';

/** Warnings written out; the rest are counted. */
const warningsMax = 100;

export const facts = command({
  name: 'facts',
  examples: [
    'cordon facts import facts.jsonl',
    `echo '{"recorded_at":"2026-03-04T09:00:00Z","op":"assign","person":"p1","client":"acme","from":"2026-03-04"}' > f.jsonl`,
    'cordon facts import f.jsonl --json',
  ],
  positionals: 'import FILE…',
  options: {},
  run({ values, positionals: [what, ...files] }, io) {
    if (what !== 'import' || files.length === 0) throw new Fault('USAGE', 'write `cordon facts import FILE`');
    const { config, directory } = loadContext(values, io);
    const zone = directory.firm.time_zone;
    // All files are read before any is stored, so that a mistake in the last leaves nothing half done.
    const lines = files.flatMap((file) => readFactFile(resolve(io.cwd, file), zone).map((line) => ({ ...line, file })));
    const log = openFactLog(config.data, zone);
    const { added, known } = log.append(lines, Date.now());
    const warnings = lines.flatMap(({ fact, file, line }) =>
      strangersOf(fact, directory).map((message) => `${file}:${line}: ${message}`),
    );
    const shown = warnings.slice(0, warningsMax);
    if (warnings.length > shown.length) shown.push(`and ${warnings.length - shown.length} more`);
    if (log.tornBytes > 0) {
      shown.unshift(`the fact log ended in ${log.tornBytes} bytes of a line that was never finished; they were let go`);
    }
    if (values.json) {
      io.out.write(`${JSON.stringify({ added, known, warnings: shown })}\n`);
    } else {
      for (const warning of shown) io.err.write(`warning: ${warning}\n`);
      io.out.write(`${added} facts added, ${known} were known\n`);
    }
    return Promise.resolve(0);
  },
});
