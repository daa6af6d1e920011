/** `cordon acls`: who may do what at the brokers, generated from the configuration, beside what they may do now. */
import { openKafkaAdmin } from '../ingest/bus/kafka-admin.ts';
import { type Rule, replayGroup, ruleChanges, rulesWanted } from '../ingest/bus/kafka-rules.ts';
import { command } from './command.ts';
import { loadContext } from './context.ts';
import { kafkaOf } from './topics.ts';

export const acls = command({
  name: 'acls',
  examples: ['cordon acls  # what is wanted, what is there, what would change', 'cordon acls --apply'],
  options: { apply: { type: 'boolean', help: 'change the brokers; without it nothing is changed' } },

  async run({ values }, io) {
    const context = loadContext(values, io);
    const deps = kafkaOf(context);
    const wanted = rulesWanted(deps.config, context.config.sources, context.directory);
    await using admin = await openKafkaAdmin(deps);
    const { rules, strays } = await admin.rules([deps.config.group, replayGroup]);
    const { add, remove } = ruleChanges(wanted, rules);
    const wide = strays.filter((stray) => stray.wide);
    const apply = values.apply === true;
    if (apply) await admin.applyRules(add, remove, strays);
    if (values.json === true) {
      const texts = strays.map(({ text }) => text);
      io.out.write(`${JSON.stringify({ wanted, add, remove, strays: texts, applied: apply })}\n`);
    } else {
      for (const rule of add) io.out.write(`+ ${sentenceOf(rule)}\n`);
      for (const rule of remove) io.out.write(`- ${sentenceOf(rule)}\n`);
      for (const { text, wide: stays } of strays) io.out.write(`${stays ? '!' : '-'} ${text}\n`);
    }
    const changes = add.length + remove.length + strays.length - wide.length;
    io.err.write(`${wanted.length} rights wanted, ${changes} ${apply ? 'changed' : 'would change'}\n`);
    if (wide.length > 0)
      io.err.write(`${wide.length} rights (!) reach further than Cordon's topics and are left; look at them\n`);
    return wide.length > 0 || (!apply && changes > 0) ? 1 : 0;
  },
});

const sentenceOf = ({ principal, operation, on, name }: Rule) => `${principal} may ${operation} ${on} ${name}`;
