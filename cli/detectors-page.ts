/** `docs/detectors.md`, made from the list; a test holds it to that. */
import type { Detector } from '../detectors/detector.ts';

export function detectorsPage(detectors: readonly Detector[]): string {
  const names = detectors.map(
    ({ name, attack, level, statistic }) => `| [${name}](#${name}) | ${level} | ${attack ?? ''} | ${cell(statistic)} |`,
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
  const { name, level, statistic, limits, source, falseAlarms, runbook, attack, examples, weight, given, family, cap } =
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
    `- **Says** ${statistic}.`,
    `- **Limits** ${Object.entries(limits)
      .map(([key, value]) => `${key} ${value}`)
      .join(', ')}.`,
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
