import { amount, firmDetector, scoreLimitOf, settingsOf } from './detector.ts';
import { exampleFirm, exampleRefs, exampleSpread } from './judge/firm-examples.ts';
import { evidence, minusLog, percent } from './judge/say.ts';

const settings = settingsOf({
  shareMax: amount(0.01, 'share of days, 0 to 1, up to which an hour is not the person’s'),
  contentsMin: amount(10, 'accesses to contents in such hours, from which it speaks'),
  daysMin: amount(15, 'days that must be known of the person'),
  scoreLimit: scoreLimitOf(2),
});

/** Much done at an hour of the clock at which this person never works, on any day: with or without a known reason. */
export const oddHour = firmDetector({
  name: 'odd-hour',
  weight: 0.6,
  cap: 4,
  statistic: ({ shareMax, contentsMin, daysMin, scoreLimit }) =>
    `−log10 of the share of this person’s days, workdays or days off, on which they are active in that local hour (up to ${shareMax}), + log10 of the accesses to contents in such hours ÷ ${contentsMin}; from ${contentsMin} of them and ${daysMin} known days; limit ${scoreLimit}`,
  settings,
  source: 'Microsoft Sentinel UEBA, activity time insights; MITRE ATT&CK T1078',
  falseAlarms: 'A deadline; a night flight; a journey to another time zone; a shift that was changed.',
  runbook: [
    'Was there a deadline or a call with another time zone?',
    'Is the device and address the usual one? A stolen login is used when its owner sleeps.',
    'Ask the person.',
  ],
  attack: 'T1078',
  judge({ actor, hours, spread, baseline }, { shareMax, contentsMin, daysMin, scoreLimit }) {
    if (actor.kind !== 'person' || baseline.actorDays < daysMin) return [];
    const odd = hours
      .map((one) => ({
        ...one,
        p: Math.max(baseline.hourShare(one.hour, true).p, baseline.hourShare(one.hour, false).p),
      }))
      .filter(({ p }) => p <= shareMax)
      .sort((a, b) => a.p - b.p || a.hour - b.hour);
    const contents = odd.reduce((sum, one) => sum + one.contents, 0);
    const [first] = odd;
    if (!first || contents < contentsMin) return [];
    const score = minusLog(first.p) + Math.log10(contents / contentsMin);
    if (score < scoreLimit) return [];
    const refs = odd.flatMap((one) => one.refs);
    const ids = new Set(refs.map(({ id }) => id));
    return [
      {
        tenants: spread.filter((s) => s.refs.some(({ id }) => ids.has(id))).map(({ tenant }) => tenant),
        score,
        limit: scoreLimit,
        severity: 'medium',
        because: `${contents} accesses at ${first.hour}:00 local time and the like, when the person is active on ${percent(first.p)} of days (from ${baseline.actorDays} days of their own)`,
        ...evidence(refs),
      },
    ];
  },
  examples: [
    { name: 'twenty-five objects at three in the morning', scene: at(3, 25), speaks: ['acme'] },
    { name: 'a look at three in the morning', scene: at(3, 2), speaks: [] },
    { name: 'twenty-five objects before noon', scene: at(11, 25), speaks: [] },
  ],
});

function at(hour: number, contents: number) {
  return exampleFirm(
    {
      spread: [exampleSpread('acme', { accesses: contents, objects: contents })],
      hours: [{ hour, dayOff: false, refs: exampleRefs(contents), unexplained: 0, contents }],
    },
    {
      hourShare: (h) => ({ p: h >= 8 && h < 19 ? 0.6 : 0.003, n: 40, level: 'person' }),
    },
  );
}
