import { amount, firmDetector, scoreLimitOf, settingsOf } from './detector.ts';
import { exampleFirm, exampleRefs } from './judge/firm-examples.ts';
import { evidence } from './judge/say.ts';

const settings = settingsOf({
  someScore: amount(1, 'score of one object'),
  journeyExtra: amount(1, 'added to the score where a journey is contradicted'),
  objectsMin: amount(5, 'distinct objects in a day, from which it speaks'),
  scoreLimit: scoreLimitOf(1.5),
});

/** The account works while a fact says that its owner does not, or is in another country. */
export const away = firmDetector({
  name: 'away',
  weight: 0.8,
  cap: 5,
  statistic: ({ someScore, journeyExtra, objectsMin, scoreLimit }) =>
    `${someScore} + log10 of distinct objects (P(X >= x) = 1/x) opened on a recorded leave, or, ${journeyExtra} more, at an office’s own network while a recorded journey is in another country and nothing of the day comes from there; first and last day left out; from ${objectsMin}; limit ${scoreLimit}`,
  settings,
  source: 'NIST SP 800-53 rev. 5, AC-2(11) and AC-2(12); CERT Guide to Insider Threats, chapter 2',
  falseAlarms:
    'Work on leave is common; leave that was moved and a journey that was cancelled are seldom written down.',
  runbook: [
    'Ask the person, by telephone, whether it was them.',
    'Which device and address? Those of the person, or of somebody else in the office?',
    'If it was not them: end all sessions, new credentials, and read what was opened.',
  ],
  attack: 'T1078',
  judge({ away: found }, { someScore, journeyExtra, objectsMin, scoreLimit }) {
    return found.flatMap(({ kind, refs, objects, tenants, country }) => {
      const score = someScore + Math.log10(Math.max(1, objects)) + (kind === 'journey' ? journeyExtra : 0);
      if (objects < objectsMin || score < scoreLimit) return [];
      const where =
        kind === 'leave' ? 'on a recorded leave' : `in an office, while a recorded journey is in ${country}`;
      return {
        tenants: [...tenants],
        score,
        limit: scoreLimit,
        severity: 'medium' as const,
        because: `${objects} objects opened ${where}; usually 0`,
        ...evidence(refs),
      };
    });
  },
  examples: [
    {
      name: 'twenty-five objects in the middle of a leave',
      scene: exampleFirm({
        away: [{ kind: 'leave', refs: exampleRefs(25), objects: 25, tenants: ['acme'], country: undefined }],
      }),
      speaks: ['acme'],
    },
    {
      name: 'a look at one file',
      scene: exampleFirm({
        away: [{ kind: 'leave', refs: exampleRefs(1), objects: 1, tenants: ['acme'], country: undefined }],
      }),
      speaks: [],
    },
  ],
});
