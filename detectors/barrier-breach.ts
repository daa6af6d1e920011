import { amount, firmDetector, settingsOf } from './detector.ts';
import { exampleFirm, exampleRelation, exampleSpread } from './judge/firm-examples.ts';
import { evidence } from './judge/say.ts';

const settings = settingsOf({
  absoluteScore: amount(3, 'score of the first access across an absolute barrier; each ten more add 1'),
  managedScore: amount(2, 'score of the first access across a managed barrier; each ten more add 1'),
});

/** Somebody who works for one side of an ethical wall reached the other side. */
export const barrierBreach = firmDetector({
  name: 'barrier-breach',
  weight: 0.6,
  statistic: () =>
    'any access to a client while assigned to the client on the other side of a barrier in force that day; absolute and unexplained: a fact; managed, or explained by a fact of its own: a score; always speaks',
  settings,
  source: 'SRA Code of Conduct 6.2–6.5; ABA Model Rule 1.10 (ethical screens)',
  falseAlarms: 'The assignment on one side had ended and nobody wrote it down; the barrier was lifted by consent.',
  runbook: [
    'Tell the general counsel; do not ask the person first.',
    'Establish what was read on both sides, and when (cordon timeline).',
    'Check whether consent or an end of the assignment was recorded elsewhere.',
  ],
  attack: 'T1213',
  judge({ spread, relations }, { absoluteScore, managedScore }) {
    return relations.flatMap(({ tenant, barrier }) => {
      const here = spread.find((s) => s.tenant === tenant);
      if (!barrier || !here || here.counts.accesses + here.unexplained.denied === 0) return [];
      const absolute = barrier.kind === 'absolute' && here.unexplainedRefs.length > 0;
      const refs = here.unexplainedRefs.length > 0 ? here.unexplainedRefs : here.refs;
      const limit = absolute ? absoluteScore : managedScore;
      return {
        tenants: [tenant],
        basis: absolute ? ('fact' as const) : ('statistic' as const),
        score: limit + Math.log10(refs.length),
        limit,
        severity: absolute ? ('critical' as const) : ('high' as const),
        because: `${refs.length} accesses across ${barrier.kind === 'absolute' ? 'an absolute' : 'a managed'} barrier, while assigned to the other side; usually 0`,
        ...evidence(refs, 1),
      };
    });
  },
  examples: [
    {
      name: 'the other side of an absolute barrier',
      scene: exampleFirm({
        spread: [exampleSpread('acme', { accesses: 2 }, { accesses: 2, objects: 2 })],
        relations: [exampleRelation('acme', { barrier: { other: 'globex', kind: 'absolute' } })],
      }),
      speaks: ['acme'],
    },
    {
      name: 'no barrier in force',
      scene: exampleFirm({
        spread: [exampleSpread('acme', { accesses: 2 }, { accesses: 2, objects: 2 })],
        relations: [exampleRelation('acme')],
      }),
      speaks: [],
    },
  ],
});
