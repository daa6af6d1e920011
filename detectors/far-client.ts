import { amount, firmDetector, scoreLimitOf, settingsOf } from './detector.ts';
import { exampleFirm, exampleRelation, exampleSpread } from './judge/firm-examples.ts';
import { isUnexplained } from './judge/firm-scene.ts';
import { evidence, minusLog, percent } from './judge/say.ts';

const settings = settingsOf({
  peersFew: amount(2, 'people of the own team ever assigned there; fewer add to the score'),
  noPeersExtra: amount(0.15, 'added to the score where fewer were'),
  scoreLimit: scoreLimitOf(0.1),
});

/** The unexplained client is not even near: another team’s, and nobody beside this person works for it. */
export const farClient = firmDetector({
  name: 'far-client',
  weight: 1,
  given: 'unexplained',
  statistic: ({ peersFew, noPeersExtra, scoreLimit }) =>
    `−log10 of the share of unexplained days that reach a client of another team, ${noPeersExtra} more if fewer than ${peersFew} of the person’s team were ever assigned there; limit ${scoreLimit}`,
  settings,
  source:
    'Chen, Nyemba & Malin, Detecting anomalous insiders in collaborative information systems, IEEE TDSC 9:3 (2012)',
  falseAlarms: 'An expert asked across teams; teams that were reorganised.',
  runbook: [
    'Who of the client’s team was in touch with the person?',
    'Is the person an expert whom others ask? Then write a role scope.',
  ],
  judge({ actor, spread, relations, baseline }, { peersFew, noPeersExtra, scoreLimit }) {
    const far = spread.filter((s) => isUnexplained(s) && relations.some((r) => r.tenant === s.tenant && !r.sameTeam));
    if (far.length === 0 || actor.team === undefined) return [];
    const lonely = far.some((s) => (relations.find((r) => r.tenant === s.tenant)?.peers ?? 0) < peersFew);
    const score = minusLog(baseline.farShare.p) + (lonely ? noPeersExtra : 0);
    if (score < scoreLimit) return [];
    return [
      {
        tenants: far.map(({ tenant }) => tenant),
        score,
        limit: scoreLimit,
        severity: 'low',
        because: `${far.length} of the clients belong to another team; so do ${percent(baseline.farShare.p)} of unexplained ones`,
        ...evidence(
          far.flatMap(({ unexplainedRefs }) => unexplainedRefs),
          1,
        ),
      },
    ];
  },
  examples: [
    {
      name: 'a client of another team',
      scene: exampleFirm({
        spread: [exampleSpread('acme', {}, { accesses: 2, objects: 2 })],
        relations: [exampleRelation('acme')],
      }),
      speaks: ['acme'],
    },
    {
      name: 'a client of the own team',
      scene: exampleFirm({
        spread: [exampleSpread('acme', {}, { accesses: 2, objects: 2 })],
        relations: [exampleRelation('acme', { sameTeam: true, peers: 5 })],
      }),
      speaks: [],
    },
  ],
});
