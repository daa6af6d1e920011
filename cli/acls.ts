/** `cordon acls`: who may do what at the brokers, generated from the configuration, beside what they may do now. */
import type { Config } from '../core/config.ts';
import type { Directory } from '../core/directory/directory.ts';
import { Fault } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import { unattributed } from '../core/types.ts';
import { openKafkaAdmin } from '../ingest/bus/kafka-admin.ts';
import { type Rule, replayGroup, ruleChanges, rulesWanted } from '../ingest/bus/kafka-rules.ts';
import { command, type Io } from './command.ts';
import { type Context, loadContext } from './context.ts';
import { brokersOf, type Cluster, clustersOf, headOf } from './topics.ts';

export const acls = command({
  name: 'acls',
  examples: ['cordon acls  # what is wanted, what is there, what would change', 'cordon acls --apply'],
  options: { apply: { type: 'boolean', help: 'change the brokers; without it nothing is changed' } },

  async run({ values }, io) {
    const context = loadContext(values, io);
    const asked = { apply: values.apply === true, json: values.json === true };
    let open = 0;
    for (const cluster of clustersOf(context)) open += await rightsAt(cluster, context, asked, io);
    return open > 0 ? 1 : 0;
  },
});

/** Returns how many are not as they should be. */
async function rightsAt(
  cluster: Cluster,
  { config, directory }: Context,
  { apply, json }: { readonly apply: boolean; readonly json: boolean },
  io: Io,
): Promise<number> {
  const { deps, tenants } = cluster;
  checkNames(cluster, config, directory);
  const wanted = rulesWanted(deps.config, config.sources, directory, tenants);
  await using admin = await openKafkaAdmin(deps);
  const { rules, strays } = await admin.rules([deps.config.group, replayGroup]);
  const { add, remove } = ruleChanges(wanted, rules);
  const wide = strays.filter((stray) => stray.wide);
  if (apply) await admin.applyRules(add, remove, strays);
  if (json) {
    const texts = strays.map(({ text }) => text);
    io.out.write(`${JSON.stringify({ ...brokersOf(cluster), wanted, add, remove, strays: texts, applied: apply })}\n`);
  } else {
    io.out.write(headOf(cluster));
    for (const rule of add) io.out.write(`+ ${sentenceOf(rule)}\n`);
    for (const rule of remove) io.out.write(`- ${sentenceOf(rule)}\n`);
    for (const { text, wide: stays } of strays) io.out.write(`${stays ? '!' : '-'} ${text}\n`);
  }
  const changes = add.length + remove.length + strays.length - wide.length;
  io.err.write(`${wanted.length} rights wanted, ${changes} ${apply ? 'changed' : 'would change'}\n`);
  if (wide.length > 0)
    io.err.write(`${wide.length} rights (!) reach further than Cordon's topics and are left; look at them\n`);
  return wide.length + (apply ? 0 : changes);
}

/** A name that nobody has would be a right that is not given, or is taken away. Throws CONFIG_INVALID. */
function checkNames({ deps }: Cluster, { sources, file }: Config, { clients }: Pick<Directory, 'clients'>): void {
  const { collectors, landers } = deps.config.principals;
  const check = (what: string, principal: string, name: string, known: readonly string[]): void => {
    if (known.includes(name)) return;
    const near = nearest(name, known);
    const hint = near ? `; did you mean \`${near}\`?` : '';
    throw new Fault('CONFIG_INVALID', `${file}: principals: ${principal}: there is no ${what} \`${name}\`${hint}`);
  };
  for (const [principal, names] of Object.entries(collectors))
    for (const name of names) check('source', principal, name, [...sources.keys()]);
  for (const [principal, names] of Object.entries(landers))
    for (const name of names === 'all' ? [] : names)
      check('client', principal, name, [...clients.keys(), unattributed]);
}

const sentenceOf = ({ principal, operation, on, name }: Rule) => `${principal} may ${operation} ${on} ${name}`;
