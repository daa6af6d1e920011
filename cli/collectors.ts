/** `cordon collectors`: which native formats can be read, and where their vendors describe them. */
import { collectors } from '../ingest/collectors/index.ts';
import { command } from './command.ts';

export const collectorsVerb = command({
  name: 'collectors',
  examples: ['cordon collectors', 'cordon collectors --json'],
  options: {},
  run({ values }, { out }) {
    const list = collectors.map(({ name, summary, docs }) => ({ name, summary, docs }));
    if (values.json) out.write(`${JSON.stringify(list)}\n`);
    else for (const { name, summary, docs } of list) out.write(`${name}\n  ${summary}\n  ${docs}\n`);
    return Promise.resolve(0);
  },
});
