import { amount, divisor, firmDetector, scoreLimitOf, settingsOf } from './detector.ts';
import { exampleFirm, exampleRefs, exampleSpread } from './judge/firm-examples.ts';
import { isUnexplained } from './judge/firm-scene.ts';
import { evidence } from './judge/say.ts';

const settings = settingsOf({
  someScore: amount(1.4, 'score of the first object'),
  objectsPerDecade: divisor(5, 'further objects that count as ten times rarer'),
  openExtra: amount(0.8, 'added to the score if something of it is unexplained'),
  scoreLimit: scoreLimitOf(1.4),
});
const ways = { name: '', size: ', under other names but of the same size', turns: ', in turns and under other names' };

/** Contents of one client turn up in another client's files. */
export const copyAcross = firmDetector({
  name: 'copy-across',
  weight: 0.8,
  cap: 6,
  statistic: ({ someScore, objectsPerDecade, openExtra, scoreLimit }) =>
    `objects read in one client and written in another within 10 minutes, under the same name, of the same size, or in turns at least four times running: ${someScore} + (objects − 1) ÷ ${objectsPerDecade}, ${openExtra} more if one of the two is unexplained; limit ${scoreLimit}`,
  settings,
  source: 'ABA Model Rule 1.6; keyed fingerprints: HMAC, RFC 2104',
  falseAlarms: 'A template or precedent that was used again; a file saved into the wrong client and moved back.',
  runbook: [
    'Is it a template? Ask the second client’s team, without naming the first.',
    'If it is the first client’s own content: who of the second client’s side could see it since?',
    'Remove it there, and keep a bundle of both clients first.',
  ],
  attack: 'T1074',
  judge({ actor, moved, spread }, { someScore, objectsPerDecade, openExtra, scoreLimit }) {
    return moved.flatMap(({ from, to, by, objects, refs }) => {
      if (actor.kind === 'service') return [];
      const open = spread.filter((s) => (s.tenant === from || s.tenant === to) && isUnexplained(s));
      const score = someScore + (objects - 1) / objectsPerDecade + (open.length > 0 ? openExtra : 0);
      return {
        tenants: [from, to].sort(),
        score,
        limit: scoreLimit,
        severity: open.length > 0 ? ('high' as const) : ('medium' as const),
        because: `${objects} objects read in one client were written in another within minutes${ways[by]}; usually 0, a template now and then`,
        ...evidence(refs),
      };
    });
  },
  examples: [
    {
      name: 'eight objects from one client into another',
      scene: exampleFirm({
        spread: [exampleSpread('acme', { accesses: 8 }), exampleSpread('globex', { accesses: 8 })],
        moved: [{ from: 'acme', to: 'globex', by: 'name', objects: 8, refs: exampleRefs(16) }],
      }),
      speaks: ['acme', 'globex'],
    },
    {
      name: 'work in two clients',
      scene: exampleFirm({ spread: [exampleSpread('acme', { accesses: 8 })] }),
      speaks: [],
    },
  ],
});
