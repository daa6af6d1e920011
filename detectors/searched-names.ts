import { amount, firmDetector, scoreLimitOf, settingsOf } from './detector.ts';
import { exampleFirm, exampleRefs } from './judge/firm-examples.ts';
import { evidence } from './judge/say.ts';

const settings = settingsOf({
  clientsMin: amount(2, 'clients in a day, from which it speaks'),
  firstScore: amount(1.2, 'score of the first client searched for'),
  perClient: amount(0.9, 'added to the score for each further client searched for'),
  scoreLimit: scoreLimitOf(1.2),
});

/** Somebody searched for clients they have nothing to do with, by name. */
export const searchedNames = firmDetector({
  name: 'searched-names',
  weight: 0.8,
  cap: 6,
  statistic: ({ clientsMin, firstScore, perClient, scoreLimit }) =>
    `${firstScore} for the first and ${perClient} for each further client without an assignment whose name was searched for in a day; from ${clientsMin}; limit ${scoreLimit}`,
  settings,
  source: 'MITRE ATT&CK T1213, T1083',
  falseAlarms: 'A name that is also a common word; somebody looking for a precedent or a conflict of interest.',
  runbook: [
    'Did anything get opened in those clients afterwards?',
    'Is the person checking conflicts? Then write a role scope.',
  ],
  attack: 'T1213',
  judge({ actor, day, searched }, { clientsMin, firstScore, perClient, scoreLimit }) {
    if (actor.kind !== 'person' || searched.length < clientsMin) return [];
    return [
      {
        detector: 'searched-names',
        actor: actor.id,
        tenants: searched.map(({ tenant }) => tenant),
        day,
        basis: 'statistic',
        score: firstScore + (searched.length - 1) * perClient,
        limit: scoreLimit,
        severity: searched.length > 2 ? 'medium' : 'low',
        because: `searched for ${searched.length} clients without an assignment, by name; usually 0`,
        ...evidence(searched.flatMap(({ refs }) => refs)),
      },
    ];
  },
  examples: [
    {
      name: 'three clients by name',
      scene: exampleFirm({
        searched: ['acme', 'globex', 'initech'].map((tenant) => ({ tenant, refs: exampleRefs(1) })),
      }),
      speaks: ['acme', 'globex', 'initech'],
    },
    { name: 'no such search', scene: exampleFirm({}), speaks: [] },
  ],
});
