/** `cordon alerts --candidates`: all that the judge said, fused per actor and day, before the budget. */

import type { Candidate } from '../core/alert.ts';
import { Fault } from '../core/errors.ts';
import { openStore } from '../store/index.ts';
import { candidatesOf } from '../store/queries/candidates.ts';
import { command } from './command.ts';
import { loadContext } from './context.ts';
import { rangeOf, rangeOptions } from './range.ts';

export const alerts = command({
  name: 'alerts',
  examples: [
    'cordon alerts --candidates',
    'cordon alerts --candidates --json > candidates.jsonl',
    'cordon alerts --candidates --actor p17 --from -7d',
  ],
  options: {
    ...rangeOptions,
    candidates: { type: 'boolean', help: 'all, before the budget' },
    tenant: { type: 'string', value: 'CLIENT', help: 'only what concerns this client' },
    actor: { type: 'string', value: 'ID', help: 'only what this person or service did' },
  },

  async run({ values, positionals }, io) {
    if (positionals.length > 0)
      throw new Fault('USAGE', `alerts takes no \`${positionals[0]}\`; see cordon alerts --help`);
    const context = loadContext(values, io);
    const { days } = rangeOf(values, context);
    const { config, tenants, log } = context;
    await using store = await openStore({
      config,
      dataDir: config.data,
      tenants,
      log,
      signal: io.signal,
      mode: 'attach',
    });
    const all = await candidatesOf(store.firm('read'), days, io.signal);
    const asked = all.filter(
      (c) =>
        (values.actor === undefined || c.actor === values.actor) &&
        (values.tenant === undefined || c.tenants.includes(values.tenant)),
    );
    for (const candidate of asked)
      io.out.write(values.json === true ? `${JSON.stringify(candidate)}\n` : inWords(candidate));
    if (values.json !== true) io.err.write(`${asked.length} candidates\n`);
    return asked.length > 0 ? 1 : 0;
  },
});

function inWords({ id, day, actor, score, severity, tenants, because }: Candidate): string {
  const lines = because.map((sentence) => `    ${sentence}\n`).join('');
  return `${id}  ${day}  ${score.toFixed(1)} ${severity}  ${actor ?? 'several people'}  ${tenants.join(', ')}\n${lines}`;
}
