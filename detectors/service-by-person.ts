import { scoreLimitOf, settingsOf, tenantDetector } from './detector.ts';
import { exampleScene } from './judge/examples.ts';
import { evidence } from './judge/say.ts';

const settings = settingsOf({
  scoreLimit: scoreLimitOf(3),
});

/** A service's account acts from a host or network that is not the service's. */
export const serviceByPerson = tenantDetector({
  name: 'service-by-person',
  weight: 1,
  statistic: () =>
    'any access of a service account from a host and network that the directory does not give the service; no baseline, always speaks',
  settings,
  source: 'MITRE ATT&CK T1078.003; CIS Control 5.5',
  falseAlarms: 'The service moved to another host and the directory was not told.',
  runbook: [
    'Ask the service’s owner whether it moved; if so, put the new host into the directory.',
    'Find out whose workstation the address is.',
    'Change the account’s secret; look for what else that host did with it.',
  ],
  attack: 'T1078.003',
  judge({ actor, accesses, explained }, { scoreLimit }) {
    if (actor.kind !== 'service') return [];
    const refs = accesses.filter((access, i) => explained[i] === undefined && (access.ip ?? access.host) !== undefined);
    if (refs.length === 0) return [];
    const usual = accesses.length - refs.length;
    return [
      {
        basis: 'fact',
        score: scoreLimit + Math.log10(refs.length),
        limit: scoreLimit,
        severity: 'critical',
        because: `${refs.length} accesses of a service from a host that is not its own, ${usual} from its own; usually 0`,
        ...evidence(refs, 1),
      },
    ];
  },
  examples: [
    {
      name: 'the backup account from a laptop',
      scene: exampleScene({ unexplained: 20, actor: { kind: 'service', role: 'service:backup' } }),
      speaks: ['acme'],
    },
    {
      name: 'the backup at work',
      scene: exampleScene({ explained: 20, actor: { kind: 'service', role: 'service:backup' } }),
      speaks: [],
    },
  ],
});
