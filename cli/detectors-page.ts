/** `docs/detectors.md`, made from the list; a test holds it to that. */
import { type Detector, defaultsOf } from '../detectors/detector.ts';
import { settingsListed } from './settings-listed.ts';

export function detectorsPage(detectors: readonly Detector[]): string {
  const names = detectors.map(
    (detector) =>
      `| [${detector.name}](#${detector.name}) | ${detector.level} | ${detector.attack ?? ''} | ${cell(detector.statistic(defaultsOf(detector)))} |`,
  );
  return [
    '# Detectors',
    '',
    'Made from `detectors/`; do not edit. What a detector claims is calibrated by the firm’s own past before it counts,',
    'so that a score of 2 means: one day of one person in a hundred looks like this, or stranger.',
    '',
    '| name | sees | ATT&CK | says |',
    '|---|---|---|---|',
    ...names,
    ...detectors.flatMap(section),
    '',
  ].join('\n');
}

function section(detector: Detector): string[] {
  const { name, level, statistic, source, falseAlarms, runbook, attack, examples, weight, given, family, cap } =
    detector;
  const counts = [
    `weight ${weight}`,
    ...(family === undefined ? [] : [`family ${family}`]),
    ...(cap === undefined ? [] : [`at most ${cap}`]),
  ];
  return [
    '',
    `## ${name}`,
    '',
    `- **Sees** a ${level} scene${given === 'unexplained' ? '; speaks only beside something unexplained' : ''}.`,
    `- **Says** ${statistic(defaultsOf(detector))}.`,
    '- **Settings**',
    ...settingsListed(detector).map(({ name: key, value, says }) => `  - \`${key}\` ${value}: ${says}`),
    `- **Counts** ${counts.join(', ')}.`,
    `- **Source** ${source}.`,
    ...(attack === undefined
      ? []
      : [`- **ATT&CK** [${attack}](https://attack.mitre.org/techniques/${attack.replace('.', '/')}/).`]),
    `- **False alarms** ${falseAlarms}`,
    '- **What to do**',
    ...runbook.map((step, i) => `  ${i + 1}. ${step}`),
    '- **Examples**',
    ...examples.map((e) => `  - ${e.speaks.length > 0 ? 'speaks' : 'silent'}: ${e.name}`),
  ];
}

const cell = (text: string): string => text.replaceAll('|', '\\|');
