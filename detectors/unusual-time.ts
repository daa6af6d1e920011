import { amount, firmDetector, scoreLimitOf, settingsOf } from './detector.ts';
import { exampleFirm, exampleRefs, exampleSpread } from './judge/firm-examples.ts';
import { isUnexplained } from './judge/firm-scene.ts';
import { evidence, minusLog, percent } from './judge/say.ts';

const settings = settingsOf({
  shareMax: amount(0.08, 'share of the expected or usual, 0 to 1, up to which it speaks'),
  scoreLimit: scoreLimitOf(1.1),
});

/** Something unexplained at an hour when this person does not work. */
export const unusualTime = firmDetector({
  name: 'unusual-time',
  weight: 0.6,
  given: 'unexplained',
  statistic: ({ shareMax, scoreLimit }) =>
    `−log10 of the share of this person’s days on which they are active in that local hour (days off apart, neighbouring hours lend half); only hours with something unexplained, below ${shareMax}; limit ${scoreLimit}`,
  settings,
  source: 'Microsoft Sentinel UEBA, activity time insights',
  falseAlarms: 'A deadline; a call with another time zone; a shift that was changed.',
  runbook: ['Was there a deadline or a call for that client?', 'Is the device and address the usual one?'],
  attack: 'T1078',
  judge({ hours, spread, baseline }, { shareMax, scoreLimit }) {
    const odd = hours
      .filter(({ unexplained }) => unexplained > 0)
      .map((hour) => ({ hour, chance: baseline.hourShare(hour.hour, hour.dayOff) }))
      .filter(({ chance }) => chance.p < shareMax)
      .sort((a, b) => a.chance.p - b.chance.p || a.hour.hour - b.hour.hour)[0];
    if (!odd) return [];
    const score = minusLog(odd.chance.p);
    if (score < scoreLimit) return [];
    const { hour, chance } = odd;
    return [
      {
        tenants: spread.filter(isUnexplained).map(({ tenant }) => tenant),
        score,
        limit: scoreLimit,
        severity: 'low',
        because: `at ${hour.hour}:00 local time${hour.dayOff ? ' on a day off' : ''}, when the person is active on ${percent(chance.p)} of days (from ${Math.round(chance.n)} days of the ${chance.level})`,
        ...evidence(hour.refs, 1),
      },
    ];
  },
  examples: [
    {
      name: 'three in the morning',
      scene: exampleFirm({
        spread: [exampleSpread('acme', {}, { accesses: 2, objects: 2 })],
        hours: [{ hour: 3, dayOff: false, refs: exampleRefs(2), unexplained: 2, contents: 2 }],
      }),
      speaks: ['acme'],
    },
    {
      name: 'before noon',
      scene: exampleFirm({
        spread: [exampleSpread('acme', {}, { accesses: 2, objects: 2 })],
        hours: [{ hour: 11, dayOff: false, refs: exampleRefs(2), unexplained: 2, contents: 2 }],
      }),
      speaks: [],
    },
  ],
});
