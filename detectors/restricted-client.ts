import { firmDetector, scoreLimitOf, settingsOf } from './detector.ts';
import { exampleFirm, exampleRelation, exampleSpread } from './judge/firm-examples.ts';
import { isUnexplained } from './judge/firm-scene.ts';
import { evidence, minusLog, percent } from './judge/say.ts';

const settings = settingsOf({ scoreLimit: scoreLimitOf(0.3) });

/** The unexplained client is one of the few that the firm itself calls restricted. */
export const restrictedClient = firmDetector({
  name: 'restricted-client',
  weight: 0.7,
  cap: 2,
  given: 'unexplained',
  statistic: ({ scoreLimit }) =>
    `−log10 of the share of unexplained visits of this person (role, firm) that are to a client with \`sensitivity: restricted\`; limit ${scoreLimit}`,
  settings,
  source:
    'Boxwala et al., Using statistical and machine learning to help institutions detect suspicious access, JAMIA 18:4 (2011)',
  falseAlarms:
    'A restricted client whose team is larger than the directory knows; a firm that calls every client restricted.',
  runbook: [
    'Ask the client’s partner whether the person was asked to help.',
    'Who else was there in the same days without a known reason? See crowd.',
  ],
  attack: 'T1213',
  judge({ spread, relations, baseline }, { scoreLimit }) {
    const restricted = spread.filter(
      (s) => isUnexplained(s) && relations.some((r) => r.tenant === s.tenant && r.restricted),
    );
    const { p, n, level } = baseline.restrictedShare;
    const score = minusLog(p);
    if (restricted.length === 0 || score < scoreLimit) return [];
    return [
      {
        tenants: restricted.map(({ tenant }) => tenant),
        score,
        limit: scoreLimit,
        severity: 'medium',
        because: `${restricted.length} of the clients without a known reason are restricted; so are ${percent(p)} of those (from ${Math.round(n)} visits of the ${level})`,
        ...evidence(
          restricted.flatMap(({ unexplainedRefs }) => unexplainedRefs),
          1,
        ),
      },
    ];
  },
  examples: [
    {
      name: 'a restricted client',
      scene: exampleFirm({
        spread: [exampleSpread('acme', {}, { accesses: 2, objects: 2 })],
        relations: [exampleRelation('acme', { restricted: true })],
      }),
      speaks: ['acme'],
    },
    {
      name: 'an ordinary client',
      scene: exampleFirm({
        spread: [exampleSpread('acme', {}, { accesses: 2, objects: 2 })],
        relations: [exampleRelation('acme')],
      }),
      speaks: [],
    },
  ],
});
