/** A source's day for detectors' examples: nothing came, nothing was expected, nothing is odd about it. */
import type { SourceScene } from '../../core/source-scene.ts';

export function exampleSource(scene: Partial<Omit<SourceScene, 'level' | 'day'>>): SourceScene {
  const hours = new Array(24).fill(0);
  return {
    level: 'source',
    day: '2026-03-04',
    source: 'fs1',
    tenant: undefined,
    seen: hours,
    expected: hours,
    around: undefined,
    alike: [],
    days: 40,
    hoursOver: 24,
    nextAfter: hours.map(() => undefined),
    future: [],
    usualAheadMs: 0,
    gaps: [],
    ...scene,
  };
}
