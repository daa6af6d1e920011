import type { Ref } from '../core/scene.ts';
import { amount, firmDetector, scoreLimitOf, settingsOf } from './detector.ts';
import { exampleFirm, exampleRefs } from './judge/firm-examples.ts';
import { evidence, minusLog, percent } from './judge/say.ts';

const settings = settingsOf({
  daysMin: amount(10, 'days that must be known of the service'),
  actionMax: amount(0.05, 'share of days, 0 to 1, up to which an action is not the service’s'),
  hourMax: amount(0.02, 'share of days, 0 to 1, up to which an hour is not the service’s'),
  hourWeight: amount(0.6, 'how much the rarity of the hour counts, as a factor'),
  timesMin: amount(3, 'accesses of that kind, from which it speaks'),
  scoreLimit: scoreLimitOf(1.5),
});

/** A service does, from its own host, what it has never done, or when it never runs: somebody sits at its machine. */
export const serviceOffScript = firmDetector({
  name: 'service-off-script',
  weight: 1,
  cap: 5,
  statistic: ({ daysMin, actionMax, hourMax, hourWeight, timesMin, scoreLimit }) =>
    `−log10 of the share of its days on which this service does such a thing (up to ${actionMax}), or ${hourWeight} × that of the hour (up to ${hourMax}), whichever is more, + log10 of the accesses ÷ ${timesMin}; from ${timesMin}, for services known from ${daysMin} days; limit ${scoreLimit}`,
  settings,
  source: 'MITRE ATT&CK T1078.003; CIS Control 5.5',
  falseAlarms: 'A new version of the service, a job that was moved, a restore, a backlog worked off after a failure.',
  runbook: [
    'Ask the service’s owner whether the job was changed that day.',
    'Who was logged on to its host then?',
    'Change the account’s secret if nobody can say.',
  ],
  attack: 'T1078.003',
  judge({ actor, acts, hours, spread, baseline }, limits) {
    const { daysMin, actionMax, hourMax, hourWeight, timesMin, scoreLimit } = limits;
    if (actor.kind !== 'service' || baseline.actorDays < daysMin) return [];
    const strange = [
      ...acts.map(({ action, refs }): Strange => {
        const { p } = baseline.actDay(action);
        return { refs, p, max: actionMax, weight: 1, what: `${action} ${refs.length} times` };
      }),
      ...hours.map(({ hour, dayOff, refs }): Strange => {
        const p = Math.max(baseline.hourShare(hour, dayOff).p, baseline.hourShare(hour, !dayOff).p);
        return { refs, p, max: hourMax, weight: hourWeight, what: `${refs.length} accesses at ${hour}:00` };
      }),
    ].filter(({ p, max, refs }) => p <= max && refs.length >= timesMin);
    const scored = strange
      .map((one) => ({ ...one, score: one.weight * minusLog(one.p) + Math.log10(one.refs.length / timesMin) }))
      .sort((a, b) => b.score - a.score || (a.what < b.what ? -1 : 1));
    const [first] = scored;
    if (!first || first.score < scoreLimit) return [];
    const ids = new Set(first.refs.map(({ id }) => id));
    return [
      {
        tenants: spread.filter((s) => s.refs.some(({ id }) => ids.has(id))).map(({ tenant }) => tenant),
        score: first.score,
        limit: scoreLimit,
        severity: 'high',
        because: `${first.what} by a service that does so on ${percent(first.p)} of its days (from ${baseline.actorDays} days of its own)`,
        ...evidence(first.refs),
      },
    ];
  },
  examples: [
    {
      name: 'a scanner that only ever writes reads forty files',
      scene: service('read'),
      speaks: ['firm'],
    },
    { name: 'the same scanner writes', scene: service('write'), speaks: [] },
  ],
});

interface Strange {
  readonly refs: readonly Ref[];
  readonly p: number;
  readonly max: number;
  readonly weight: number;
  readonly what: string;
}

function service(action: 'read' | 'write') {
  const scene = exampleFirm(
    { acts: [{ action, refs: exampleRefs(40), tenants: ['acme'] }] },
    { actDay: (done) => ({ p: done === 'write' ? 0.98 : 0.01, n: 40, level: 'person' }) },
  );
  return { ...scene, actor: { ...scene.actor, kind: 'service' as const, role: 'service:scanner' } };
}
