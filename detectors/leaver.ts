import { robustZ } from './baseline/recent.ts';
import { amount, divisor, firmDetector, scoreLimitOf, settingsOf } from './detector.ts';
import { exampleFirm, exampleSpread } from './judge/firm-examples.ts';
import { evidence, usually } from './judge/say.ts';

const settings = settingsOf({
  objectsMin: amount(40, 'distinct objects in a day, from which it speaks'),
  zMin: amount(1.3, 'spreads above the usual, from which it speaks'),
  noticeScore: amount(1.5, 'score that known notice alone gives'),
  zPerDecade: divisor(1.2, 'spreads above the usual that count as ten times rarer'),
  scoreLimit: scoreLimitOf(2),
});

/** Notice is given, and more is opened than ever before. */
export const leaver = firmDetector({
  name: 'leaver',
  family: 'volume',
  weight: 1,
  statistic: ({ objectsMin, zMin, noticeScore, zPerDecade, scoreLimit }) =>
    `for people whose notice is known: ${noticeScore} + robust z of ln(1 + distinct objects of the day over all clients) ÷ ${zPerDecade}; from z ${zMin} and ${objectsMin} objects; limit ${scoreLimit}`,
  settings,
  source:
    'Moore et al., A pattern for increased monitoring for intellectual property theft by departing insiders, CMU/SEI-2012-TR-008',
  falseAlarms: 'Handing over matters before the last day: the same files, opened to be explained to somebody.',
  runbook: [
    'Ask the manager what is being handed over, and to whom.',
    'Read or carried off? Look at downloads, prints and external sharing of those days.',
    'Talk to the person before the last day, not after.',
  ],
  attack: 'T1530',
  judge({ actor, spread, baseline }, { objectsMin, zMin, noticeScore, zPerDecade, scoreLimit }) {
    if (actor.lastDay === undefined) return [];
    const objects = spread.reduce((sum, { counts }) => sum + counts.objects, 0);
    const z = robustZ(objects, baseline.objects);
    const score = noticeScore + z / zPerDecade;
    if (objects < objectsMin || z < zMin || score < scoreLimit) return [];
    const large = spread.filter(({ counts }) => counts.objects >= objects / 30);
    return [
      {
        tenants: large.map(({ tenant }) => tenant),
        score,
        limit: scoreLimit,
        severity: 'high',
        because: `notice is given and ${objects} objects of ${large.length} clients were opened in a day; ${usually(baseline.objects)}`,
        ...evidence(large.flatMap(({ refs }) => refs)),
      },
    ];
  },
  examples: [
    {
      name: 'two hundred objects a week before the last day',
      scene: leaving(200, true),
      speaks: ['acme'],
    },
    { name: 'the same without notice', scene: leaving(200, false), speaks: [] },
    { name: 'a usual day on notice', scene: leaving(30, true), speaks: [] },
  ],
});

function leaving(objects: number, notice: boolean) {
  const scene = exampleFirm({ spread: [exampleSpread('acme', { accesses: objects, objects })] });
  return { ...scene, actor: { ...scene.actor, lastDay: notice ? Date.UTC(2026, 2, 11) : undefined } };
}
