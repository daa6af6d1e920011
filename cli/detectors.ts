/** `cordon detectors`: what is looked for, and how. */
import { Fault } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import type { Detector } from '../detectors/detector.ts';
import { detectors } from '../detectors/index.ts';
import { command } from './command.ts';

export const detectorsVerb = command({
  name: 'detectors',
  examples: ['cordon detectors', 'cordon detectors surge  # one, whole', 'cordon detectors --json'],
  positionals: '[NAME]',
  options: {},
  run({ values, positionals: [name] }, io) {
    const asked = name === undefined ? detectors : detectors.filter((d) => d.name === name);
    if (asked.length === 0) {
      const near = nearest(
        name ?? '',
        detectors.map((d) => d.name),
      );
      throw new Fault(
        'USAGE',
        `there is no detector \`${name}\`${near === undefined ? '' : `; did you mean \`${near}\`?`}`,
      );
    }
    for (const detector of asked) {
      if (values.json === true) io.out.write(`${JSON.stringify(plainOf(detector))}\n`);
      else io.out.write(name === undefined ? `${detector.name.padEnd(22)} ${detector.statistic}\n` : whole(detector));
    }
    return Promise.resolve(0);
  },
});

function plainOf({ name, level, statistic, limits, source, falseAlarms, runbook, attack, examples }: Detector) {
  const named = examples.map(({ name: example, speaks }) => ({ name: example, speaks }));
  return { name, level, statistic, limits, source, falseAlarms, runbook, attack, examples: named };
}

function whole(detector: Detector): string {
  const { name, level, statistic, source, falseAlarms, runbook, attack, examples } = plainOf(detector);
  return [
    `${name} (sees a ${level} scene)`,
    `  says:         ${statistic}`,
    `  source:       ${source}`,
    ...(attack === undefined ? [] : [`  ATT&CK:       ${attack}`]),
    `  false alarms: ${falseAlarms}`,
    ...runbook.map((step, i) => `  ${i + 1}. ${step}`),
    ...examples.map((e) => `  ${e.speaks.length > 0 ? 'speaks' : 'silent'}: ${e.name}`),
    '',
  ].join('\n');
}
