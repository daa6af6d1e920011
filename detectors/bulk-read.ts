import { robustZ } from './baseline/recent.ts';
import { amount, divisor, scoreLimitOf, settingsOf, tenantDetector } from './detector.ts';
import { exampleScene } from './judge/examples.ts';
import { evidence, usually } from './judge/say.ts';

const settings = settingsOf({
  rowsMin: amount(2_000, 'rows of one statement, from which it speaks'),
  zPerDecade: divisor(1.2, 'spreads above the usual that count as ten times rarer'),
  scoreLimit: scoreLimitOf(1.5),
});

/** One statement, or all of the day's together, returned far more rows than this login's ever do: a dump, whole or in slices. */
export const bulkRead = tenantDetector({
  name: 'bulk-read',
  weight: 1.2,
  statistic: ({ rowsMin, zPerDecade, scoreLimit }) =>
    `robust z of ln(1 + rows of the largest statement) against the login's own days in this client, or of all rows of the day against the usual largest statement times the usual number of them; from ${rowsMin} rows; score z ÷ ${zPerDecade}, limit ${scoreLimit}`,
  settings,
  source: 'Kamra, Terzi & Bertino, Detecting anomalous access patterns in relational databases, VLDB Journal 17 (2008)',
  falseAlarms: 'Year end, a migration, a new report, a first full load of a warehouse.',
  runbook: [
    'Read the statements in the raw records: whole tables, or a COPY, or a filter that matches much?',
    'For a service: was its job changed that day? For a person: which tool, and why rows rather than a report?',
    'Look for a file of that size leaving the same host.',
  ],
  attack: 'T1005',
  judge({ accesses, counts, baseline }, { rowsMin, zPerDecade, scoreLimit }) {
    const all = accesses.reduce((sum, { rows = 0 }) => sum + rows, 0);
    if (all < rowsMin) return [];
    const most = Math.max(1, baseline.rows.median) * Math.max(1, baseline.objects.median);
    const sliced = robustZ(all, { ...baseline.rows, median: most });
    const z = counts.rowsMax < rowsMin ? sliced : Math.max(sliced, robustZ(counts.rowsMax, baseline.rows));
    const score = z / zPerDecade;
    if (score < scoreLimit) return [];
    const inSlices = z === sliced;
    const line = Math.expm1(Math.log1p(baseline.rows.median) + (z / 2) * Math.max(1, baseline.rows.sigma));
    const least = inSlices ? 1 : Math.max(rowsMin, Math.min(line, counts.rowsMax / 4));
    const refs = accesses.filter(({ rows }) => (rows ?? 0) >= least);
    return [
      {
        score,
        limit: scoreLimit,
        severity: 'high',
        because: `${refs.length} statements with up to ${counts.rowsMax} rows${inSlices ? `, ${all} together` : ''}; the largest of a day has ${usually(baseline.rows)}`,
        ...evidence(refs, inSlices ? undefined : 1),
      },
    ];
  },
  examples: [
    {
      name: 'a whole table by a login that reads fifty rows',
      scene: exampleScene({ explained: 3, access: { class: 'database', action: 'export', rows: 200_000 } }),
      speaks: ['acme'],
    },
    {
      name: 'the same table in three hundred slices',
      scene: exampleScene({ explained: 300, access: { class: 'database', action: 'query', rows: 1_900 } }),
      speaks: ['acme'],
    },
    {
      name: 'the nightly load that always is that large',
      scene: exampleScene({
        explained: 3,
        access: { class: 'database', action: 'export', rows: 200_000 },
        baseline: { rows: { n: 40, level: 'person', median: 180_000, sigma: 0.6 } },
      }),
      speaks: [],
    },
  ],
});
