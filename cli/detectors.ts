/** `cordon detectors`: what is looked for, and how. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import { type Detector, defaultsOf } from '../detectors/detector.ts';
import { detectors } from '../detectors/index.ts';
import { command, type Io } from './command.ts';
import { loadContext } from './context.ts';
import { settingsListed } from './settings-listed.ts';

export const detectorsVerb = command({
  name: 'detectors',
  examples: ['cordon detectors', 'cordon detectors surge  # one, whole', 'cordon detectors --json'],
  positionals: '[NAME]',
  options: {},
  run({ values, positionals: [name] }, io) {
    const known = knownTo(values, io);
    const asked = name === undefined ? known : known.filter((d) => d.name === name);
    if (asked.length === 0) {
      const near = nearest(
        name ?? '',
        known.map((d) => d.name),
      );
      throw new Fault(
        'USAGE',
        `there is no detector \`${name}\`${near === undefined ? '' : `; did you mean \`${near}\`?`}`,
      );
    }
    for (const detector of asked) {
      if (values.json === true) io.out.write(`${JSON.stringify(plainOf(detector))}\n`);
      else
        io.out.write(
          name === undefined
            ? `${detector.name.padEnd(22)} ${detector.statistic(defaultsOf(detector))}\n`
            : whole(detector),
        );
    }
    return Promise.resolve(0);
  },
});

/** With a configuration, the Sigma rules it names too. */
function knownTo(values: { config?: string | undefined }, io: Io): readonly Detector[] {
  const named = values.config !== undefined || existsSync(join(io.cwd, 'cordon.yaml')) || io.env['CORDON_CONFIG'];
  return named ? loadContext(values, io).rules.detectors : detectors;
}

function plainOf(detector: Detector) {
  const { name, level, statistic, source, falseAlarms, runbook, attack, examples } = detector;
  const named = examples.map(({ name: example, speaks }) => ({ name: example, speaks }));
  const settings = settingsListed(detector);
  const says = statistic(defaultsOf(detector));
  return { name, level, statistic: says, settings, source, falseAlarms, runbook, attack, examples: named };
}

function whole(detector: Detector): string {
  const { name, level, statistic, settings, source, falseAlarms, runbook, attack, examples } = plainOf(detector);
  return [
    `${name} (sees a ${level} scene)`,
    `  says:         ${statistic}`,
    `  source:       ${source}`,
    ...(attack === undefined ? [] : [`  ATT&CK:       ${attack}`]),
    ...settings.map((one) => `  setting:      ${one.name} ${one.value} (${one.says})`),
    `  false alarms: ${falseAlarms}`,
    ...runbook.map((step, i) => `  ${i + 1}. ${step}`),
    ...examples.map((e) => `  ${e.speaks.length > 0 ? 'speaks' : 'silent'}: ${e.name}`),
    '',
  ].join('\n');
}
