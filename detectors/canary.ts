import { amount, settingsOf, tenantDetector } from './detector.ts';
import { exampleScene } from './judge/examples.ts';
import { evidence } from './judge/say.ts';

const settings = settingsOf({ scoreLimit: amount(3, 'score of one touch, before what facts add') });

/** An object that exists only to be noticed was touched. */
export const canary = tenantDetector({
  name: 'canary',
  weight: 1,
  statistic: () =>
    'any access, also a refused one, to an object that the directory lists under the client’s `canaries`, by anybody but a service at its own job; no baseline, always speaks',
  settings,
  source: 'Spitzner, Honeytokens (2003); MITRE D3FEND D3-DF (decoy file)',
  falseAlarms:
    'Somebody who searches or copies a whole folder tree; whoever laid the canary and looks whether it is there.',
  runbook: [
    'Do not ask the person first: read the whole day and the days before (cordon timeline --actor).',
    'Was it the canary alone, or everything beside it too? Everything is a sweep: see surge and copied-not-viewed.',
    'Lay a new canary elsewhere afterwards.',
  ],
  attack: 'T1083',
  judge({ canaries }, { scoreLimit }) {
    const [first] = canaries;
    if (!first) return [];
    return [
      {
        basis: 'fact',
        score: scoreLimit + Math.log10(canaries.length),
        limit: scoreLimit,
        severity: 'critical',
        because: `${canaries.length} accesses to objects that nobody has a reason to open; usually 0`,
        ...evidence(canaries, 1),
      },
    ];
  },
  examples: [
    {
      name: 'a canary was opened, assigned or not',
      scene: (() => {
        const scene = exampleScene({ explained: 4 });
        return { ...scene, canaries: scene.accesses.slice(0, 1) };
      })(),
      speaks: ['acme'],
    },
    { name: 'ordinary files beside it', scene: exampleScene({ explained: 4 }), speaks: [] },
  ],
});
