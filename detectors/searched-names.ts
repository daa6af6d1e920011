import { amount, firmDetector, scoreLimitOf, settingsOf } from './detector.ts';
import { exampleFirm, exampleRefs, exampleSpread } from './judge/firm-examples.ts';
import { isUnexplained } from './judge/firm-scene.ts';
import { evidence } from './judge/say.ts';

const settings = settingsOf({
  clientsMin: amount(2, 'clients in a day, from which it speaks; one, if something of it was tried or opened too'),
  firstScore: amount(1.2, 'score of the first client searched for'),
  perClient: amount(0.9, 'added to the score for each further client searched for'),
  triedExtra: amount(
    1.5,
    'added to the score if something of such a client was tried or opened that day without a known reason',
  ),
  scoreLimit: scoreLimitOf(1.2),
});

/** Somebody searched for clients they have nothing to do with, by name. */
export const searchedNames = firmDetector({
  name: 'searched-names',
  weight: 0.8,
  cap: 6,
  statistic: ({ clientsMin, firstScore, perClient, triedExtra, scoreLimit }) =>
    `${firstScore} for the first and ${perClient} for each further client without an assignment whose name was searched for in a day, ${triedExtra} more if something of one was tried or opened; from ${clientsMin}, or from one that was; limit ${scoreLimit}`,
  settings,
  source: 'MITRE ATT&CK T1213, T1083',
  falseAlarms: 'A name that is also a common word; somebody looking for a precedent or a conflict of interest.',
  runbook: [
    'Did anything get opened in those clients afterwards?',
    'Is the person checking conflicts? Then write a role scope.',
  ],
  attack: 'T1213',
  judge({ actor, searched, spread }, { clientsMin, firstScore, perClient, triedExtra, scoreLimit }) {
    const tried = spread.filter((s) => isUnexplained(s) && searched.some(({ tenant }) => tenant === s.tenant));
    if (actor.kind !== 'person' || (searched.length < clientsMin && tried.length === 0)) return [];
    const score = firstScore + (searched.length - 1) * perClient + (tried.length > 0 ? triedExtra : 0);
    if (score < scoreLimit) return [];
    const refs = [...searched.flatMap((s) => s.refs), ...tried.flatMap((s) => s.unexplainedRefs)];
    const opened = tried.length > 0 ? `, and went on to ${tried.length} of them` : '';
    return [
      {
        tenants: searched.map(({ tenant }) => tenant),
        score,
        limit: scoreLimit,
        severity: searched.length > 2 || tried.length > 0 ? 'medium' : 'low',
        because: `searched for ${searched.length} clients without an assignment, by name${opened}; usually 0`,
        ...evidence(refs),
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
    {
      name: 'one client by name, and then four of its files',
      scene: exampleFirm({
        searched: [{ tenant: 'acme', refs: exampleRefs(1) }],
        spread: [exampleSpread('acme', {}, { accesses: 4, objects: 4 })],
      }),
      speaks: ['acme'],
    },
    {
      name: 'one client by name, and nothing of it',
      scene: exampleFirm({ searched: [{ tenant: 'acme', refs: exampleRefs(1) }] }),
      speaks: [],
    },
    { name: 'no such search', scene: exampleFirm({}), speaks: [] },
  ],
});
