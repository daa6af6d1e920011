/** `cordon start`: runs until it is told to stop. */

import type { Notifier } from '../alerts/notifier.ts';
import { notifiers } from '../alerts/notifiers/index.ts';
import { Fault, isFault } from '../core/errors.ts';
import { command, type Io } from './command.ts';
import { type Context, loadContext } from './context.ts';
import { programName } from './program.ts';
import { type Role, roles, runCordon } from './runtime.ts';

/** A disk that damages more than this needs a person. */
const repairsMax = 3;

export const start = command({
  name: 'start',
  examples: ['cordon start', 'cordon start --role collect,land  # the other roles run elsewhere, or not at all'],
  options: { role: { type: 'string', value: 'ROLE,…', help: `some of ${roles.join(', ')} (default: all)` } },

  async run({ values }, io) {
    const context = loadContext(values, io, 'service');
    const wanted = rolesOf(values.role);
    await repairing(context, () =>
      runCordon(context, {
        roles: wanted,
        notifiers: notifiersOf(context, io),
        program: programName(io.env, io.cwd),
        signal: io.signal,
        onReady({ dashboard }) {
          io.err.write(`Cordon is running. Stop it with Ctrl-C.\n`);
          if (dashboard) io.err.write(`Pages: ${dashboard.oneTimeLink()}  (works once, within 15 minutes)\n`);
          if (!context.config.mail && wanted.has('alert'))
            io.err.write('No mail is configured: alerts are only listed.\n');
        },
      }),
    );
    return 0;
  },
});

/** A spool that turns out to be damaged while Cordon runs is repaired when it is opened again, so everything is opened again. */
async function repairing({ log }: Context, run: () => Promise<void>): Promise<void> {
  for (let repairs = 0; ; repairs += 1) {
    try {
      return await run();
    } catch (error) {
      if (!isFault(error, 'SPOOL_BROKEN') || repairs >= repairsMax) throw error;
      log.error({ code: error.code, repairs }, 'the spool is damaged: everything is stopped and opened again');
    }
  }
}

/** Throws USAGE for a name that is no role. */
function rolesOf(text: string | undefined): ReadonlySet<Role> {
  if (text === undefined) return new Set(roles);
  const named = text.split(',').map((name) => name.trim());
  const wrong = named.find((name) => !roles.includes(name as Role));
  if (wrong !== undefined) throw new Fault('USAGE', `there is no role \`${wrong}\`; there are ${roles.join(', ')}`);
  return new Set(named as Role[]);
}

/** Throws CONFIG_INVALID for mail settings that cannot work. */
export function notifiersOf({ config }: Context, { env }: Pick<Io, 'env'>): Notifier[] {
  const { mail } = config;
  return mail === undefined ? [] : notifiers.flatMap(({ open }) => open(mail, env) ?? []);
}
