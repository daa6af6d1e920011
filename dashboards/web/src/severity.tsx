/** Severity as a word and a shape; the colour only repeats it. */
import type { Severity } from '../../../core/alert.ts';

const shapes: Readonly<Record<Severity, string>> = {
  critical: 'M5 1h6l4 4v6l-4 4H5l-4-4V5Z',
  high: 'M8 1.5 15.5 14.5H.5Z',
  medium: 'M8 1 15 8 8 15 1 8Z',
  low: 'M8 3a5 5 0 1 1 0 10A5 5 0 0 1 8 3Z',
};

export function SeverityMark({ severity }: { severity: Severity }) {
  return (
    <span className={`severity ${severity}`}>
      <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
        <path d={shapes[severity]} />
      </svg>
      {severity}
    </span>
  );
}

/** `expected once in 2 years`: what a score means to somebody who never saw one. */
export function onceIn(days: number): string {
  if (days < 1.5) return 'expected every day';
  if (days < 60) return `expected once in ${Math.round(days)} days`;
  if (days < 700) return `expected once in ${Math.round(days / 30)} months`;
  return days < 36_500 ? `expected once in ${Math.round(days / 365)} years` : 'expected less than once in a century';
}
