/** `cordon reads`: who read what, when and what for; and whether that log is whole. */

import { readLines } from '../store/reads/read-log.ts';
import { command } from './command.ts';
import { loadContext } from './context.ts';
import { rangeOf, rangeOptions } from './range.ts';
import { checkReads } from './read-heads.ts';

export const reads = command({
  name: 'reads',
  examples: [
    'cordon reads --tenant acme --from -30d  # who looked at this client, and what for',
    'cordon reads --people --json',
    'cordon reads --check  # nothing changed, nothing cut off since a checkpoint',
  ],
  options: {
    ...rangeOptions,
    tenant: { type: 'string', value: 'CLIENT', help: 'only readings of this client, also of one that is gone' },
    people: { type: 'boolean', help: 'leave out what Cordon read itself, to judge and to land' },
    check: { type: 'boolean', help: 'only check the log against its chain and the signed heads' },
  },

  async run({ values }, io) {
    const context = loadContext(values, io);
    const { from, until } = rangeOf(values, context);
    const { lines, heads } = checkReads(context.config);
    if (values.check !== true) {
      for (const { hash: _, ...line } of readLines(context.config.data)) {
        const at = Date.parse(line.at);
        if (at < from || at >= until) continue;
        if (values.tenant !== undefined && line.tenant !== values.tenant) continue;
        if (values.people === true && line.kind !== 'person') continue;
        io.out.write(
          values.json === true
            ? `${JSON.stringify(line)}\n`
            : `${line.at}  ${line.who}  ${line.tenant}  ${line.purpose}  ${line.rows} rows in ${line.times} questions\n`,
        );
      }
    } else if (values.json === true) io.out.write(`${JSON.stringify({ lines, heads })}\n`);
    io.err.write(`${lines} lines, chained; ${heads} signed heads fit\n`);
    return 0;
  },
});
