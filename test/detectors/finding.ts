/** One finding of a detector's, for tests that need any. */
import type { Finding } from '../../core/scene.ts';

export const findingOf = (more: Partial<Finding>): Finding => ({
  detector: 'surge',
  actor: 'p1',
  tenants: ['acme'],
  day: '2026-03-04',
  basis: 'statistic',
  score: 2,
  limit: 1,
  severity: 'medium',
  because: '1',
  accesses: [],
  decidedAt: 0,
  ...more,
});
