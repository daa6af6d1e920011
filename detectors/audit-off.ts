import { unattributed } from '../core/types.ts';
import { scoreLimitOf, settingsOf, tenantDetector } from './detector.ts';
import { exampleScene } from './judge/examples.ts';
import { evidence } from './judge/say.ts';

const settings = settingsOf({
  scoreLimit: scoreLimitOf(3),
});

/** Auditing itself was changed: turned off, cleared, its policy edited. */
export const auditOff = tenantDetector({
  name: 'audit-off',
  weight: 1,
  statistic: () =>
    'any change of auditing (turned off, cleared, policy edited) that a source records; no baseline, always speaks',
  settings,
  source: 'MITRE ATT&CK T1562.002, T1070.001',
  falseAlarms: 'A planned change of the audit policy, or a log rotated by clearing it.',
  runbook: [
    'Was the change planned, and by whom?',
    'What happened on that source in the hours before? Look at other sources too.',
    'Turn it on again; mark the gap.',
  ],
  attack: 'T1562.002',
  judge({ tenant, accesses }, { scoreLimit }) {
    const refs = accesses.filter(({ action }) => action === 'audit_change');
    if (refs.length === 0) return [];
    return [
      {
        tenants: tenant === unattributed ? [] : [tenant],
        basis: 'fact',
        score: scoreLimit + Math.log10(refs.length),
        limit: scoreLimit,
        severity: 'critical',
        because: `${refs.length} changes of auditing itself; usually 0`,
        ...evidence(refs, 1),
      },
    ];
  },
  examples: [
    {
      name: 'the log was cleared',
      scene: exampleScene({ unexplained: 1, access: { action: 'audit_change' } }),
      speaks: ['acme'],
    },
    { name: 'ordinary work', scene: exampleScene({ explained: 5 }), speaks: [] },
  ],
});
