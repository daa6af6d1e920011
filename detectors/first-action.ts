import { amount, firmDetector, scoreLimitOf, settingsOf } from './detector.ts';
import { exampleFirm, exampleRefs } from './judge/firm-examples.ts';
import { evidence, minusLog, percent } from './judge/say.ts';

const settings = settingsOf({
  timesMin: amount(5, 'times in a day, from which it speaks'),
  shareMax: amount(0.05, 'share of days, 0 to 1, up to which it speaks'),
  scoreLimit: scoreLimitOf(1.5),
});

/** A way of carrying contents off that this person, and those like them, do not use: the first prints, the first exports. */
export const firstAction = firmDetector({
  name: 'first-action',
  family: 'volume',
  weight: 0.7,
  cap: 4,
  statistic: ({ timesMin, shareMax, scoreLimit }) =>
    `−log10 of the share of days on which this person (role, firm) downloads, copies, prints or exports, each for itself, ÷ how often that day (P(X >= x) = 1/x); from ${timesMin} times and up to a share of ${shareMax}; limit ${scoreLimit}`,
  settings,
  source: 'Microsoft Sentinel UEBA, first-time insights; MITRE ATT&CK T1052, T1567',
  falseAlarms: 'A new tool, a new printer, a source that begins to record what it did not record before.',
  runbook: [
    'Does only this person do so, or everybody since a day? Then a source or a tool is new.',
    'What was carried off, and where did it go?',
    'Ask the person what it was for.',
  ],
  attack: 'T1052',
  judge({ actor, acts, baseline }, { timesMin, shareMax, scoreLimit }) {
    if (actor.kind !== 'person') return [];
    return acts.flatMap(({ action, refs, tenants }) => {
      const { p, n, level } = baseline.actDay(action);
      const score = minusLog(p) + Math.log10(refs.length);
      if (refs.length < timesMin || p > shareMax || score < scoreLimit) return [];
      return {
        tenants: [...tenants],
        score,
        limit: scoreLimit,
        severity: 'medium' as const,
        because: `${action} ${refs.length} times in a day; such a person does so at all on ${percent(p)} of days (from ${Math.round(n)} days of the ${level})`,
        ...evidence(refs),
      };
    });
  },
  examples: [
    {
      name: 'forty prints where nobody prints',
      scene: exampleFirm(
        { acts: [{ action: 'print', refs: exampleRefs(40), tenants: ['acme'] }] },
        { actDay: () => ({ p: 0.001, n: 900, level: 'firm' }) },
      ),
      speaks: ['acme'],
    },
    {
      name: 'forty downloads by one who downloads every day',
      scene: exampleFirm({ acts: [{ action: 'download', refs: exampleRefs(40), tenants: ['acme'] }] }),
      speaks: [],
    },
  ],
});
