import { firmDetector, scoreLimitOf, settingsOf } from './detector.ts';
import { exampleFirm, exampleRelation, exampleSpread } from './judge/firm-examples.ts';
import { isUnexplained } from './judge/firm-scene.ts';
import { evidence, minusLog, percent } from './judge/say.ts';

const settings = settingsOf({ scoreLimit: scoreLimitOf(0.3) });

/** Somebody goes on in the files of a client they were assigned to and are no more. */
export const formerClient = firmDetector({
  name: 'former-client',
  weight: 0.5,
  cap: 2,
  given: 'unexplained',
  statistic: ({ scoreLimit }) =>
    `−log10 of the share of unexplained visits of this person (role, firm) that are to a client to which an assignment of theirs had ended, later than a handover takes; limit ${scoreLimit}`,
  settings,
  source: 'NIST SP 800-53 rev. 5, AC-2(d) and PS-5 (personnel transfer)',
  falseAlarms: 'The successor asked; a matter that was taken up again before anybody wrote it down.',
  runbook: [
    'Ask the successor or the client’s partner whether the person was asked.',
    'Take the old rights back: they should have gone with the assignment.',
    'What for? Compare with the clients the person works for now, and with barriers between them.',
  ],
  attack: 'T1078',
  judge({ spread, relations, baseline }, { scoreLimit }) {
    const former = spread.flatMap((s) => {
      const relation = relations.find(({ tenant }) => tenant === s.tenant);
      return isUnexplained(s) && relation?.endedDaysAgo !== undefined ? [{ ...s, ended: relation.endedDaysAgo }] : [];
    });
    const { p, n, level } = baseline.endedShare;
    const score = minusLog(p);
    if (former.length === 0 || score < scoreLimit) return [];
    const ended = Math.round(Math.min(...former.map((s) => s.ended)));
    return [
      {
        tenants: former.map(({ tenant }) => tenant),
        score,
        limit: scoreLimit,
        severity: 'medium',
        because: `the assignment to ${former.length} of the clients ended ${ended} days ago; so it had with ${percent(p)} of clients without a known reason (from ${Math.round(n)} visits of the ${level})`,
        ...evidence(
          former.flatMap(({ unexplainedRefs }) => unexplainedRefs),
          1,
        ),
      },
    ];
  },
  examples: [
    {
      name: 'twelve days after the assignment ended',
      scene: exampleFirm({
        spread: [exampleSpread('acme', {}, { accesses: 6, objects: 6 })],
        relations: [exampleRelation('acme', { endedDaysAgo: 12 })],
      }),
      speaks: ['acme'],
    },
    {
      name: 'a client never assigned',
      scene: exampleFirm({
        spread: [exampleSpread('acme', {}, { accesses: 6, objects: 6 })],
        relations: [exampleRelation('acme')],
      }),
      speaks: [],
    },
  ],
});
