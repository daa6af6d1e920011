/** `cordon open`: a link into the pages of the Cordon that runs, good for one use. */
import { Fault } from '../core/errors.ts';
import { command } from './command.ts';
import { loadContext } from './context.ts';
import { askForLink } from './control.ts';

export const openVerb = command({
  name: 'open',
  examples: ['cordon open', 'cordon open /alerts/43aa36c94b1c52a1'],
  positionals: '[PATH]',
  options: {},

  async run({ values, positionals: [path = '/', ...more] }, io) {
    if (more.length > 0 || !/^\/[\w./-]*$/.test(path)) {
      throw new Fault('USAGE', 'write `cordon open`, or `cordon open /alerts/ID` as the mail shows it');
    }
    const { config } = loadContext(values, io);
    const link = await askForLink(config.data, path);
    io.out.write(values.json === true ? `${JSON.stringify({ link })}\n` : `${link}\n`);
    io.err.write('It works once, within 15 minutes.\n');
    return 0;
  },
});
