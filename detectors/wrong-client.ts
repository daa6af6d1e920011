import { amount, firmDetector, scoreLimitOf, settingsOf } from './detector.ts';
import { exampleFirm, exampleRefs, exampleSpread } from './judge/firm-examples.ts';
import { evidence } from './judge/say.ts';

const settings = settingsOf({
  someScore: amount(1, 'score of a slip'),
  scoreLimit: scoreLimitOf(1),
});

/** A little at a client nobody assigned, minutes after work for a client whose name looks like it: most likely a slip. */
export const wrongClient = firmDetector({
  name: 'wrong-client',
  weight: 0.1,
  cap: 2,
  given: 'unexplained',
  statistic: ({ someScore, scoreLimit }) =>
    `1 to 5 unexplained accesses to a client within 10 minutes of explained ones to a client whose name begins with the same word or differs in at most 2 letters; score ${someScore}, limit ${scoreLimit}; it counts for little: it says what it most likely was`,
  settings,
  source: 'ABA Formal Opinion 05-437 (inadvertent disclosure); ISO/IEC 27002:2022, 5.12',
  falseAlarms: 'Two companies of one group, of which the person works for both and only one was written down.',
  runbook: [
    'Ask the person whether it was a slip; if something was written or sent, it may be in the wrong client’s files.',
    'Names that are easily mistaken: can the folders show the client’s code first?',
  ],
  judge({ slips }, { someScore, scoreLimit }) {
    return slips
      .filter(() => someScore >= scoreLimit)
      .map(({ tenant, minutes, refs }) => ({
        tenants: [tenant],
        score: someScore,
        limit: scoreLimit,
        severity: 'low' as const,
        because: `${refs.length} accesses to a client whose name looks like that of the one worked for ${minutes} minutes before; usually 0`,
        ...evidence(refs, 1),
      }));
  },
  examples: [
    {
      name: 'two files of a client of nearly the same name, three minutes later',
      scene: exampleFirm({
        spread: [exampleSpread('acme', {}, { accesses: 2 }), exampleSpread('acne', { accesses: 9 })],
        slips: [{ tenant: 'acme', beside: 'acne', minutes: 3, refs: exampleRefs(2) }],
      }),
      speaks: ['acme'],
    },
    {
      name: 'a client of quite another name',
      scene: exampleFirm({ spread: [exampleSpread('acme', {}, { accesses: 2 })] }),
      speaks: [],
    },
  ],
});
