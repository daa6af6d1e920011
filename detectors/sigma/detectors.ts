/** Sigma rules as detectors: each speaks of one actor in one client on one day, as every tenant detector does. */
import type { Severity } from '../../core/alert.ts';
import type { TenantScene } from '../../core/scene.ts';
import { unattributed } from '../../core/types.ts';
import { amount, settingsOf, type TenantDetector, tenantDetector } from '../detector.ts';
import { exampleScene } from '../judge/examples.ts';
import { evidence } from '../judge/say.ts';
import { correlate, type Event, type SigmaCorrelation } from './correlation.ts';
import type { Level, Named, SigmaRule } from './rule.ts';

const sigmaPrefix = 'sigma:';

/** What a level claims: −log10 of how often such a day is expected, before the firm’s own past corrects it. */
const claims: Readonly<Record<Level, number>> = { informational: 0.5, low: 1, medium: 1.7, high: 2.5, critical: 3.5 };
const severities: Readonly<Record<Level, Severity>> = {
  informational: 'low',
  low: 'low',
  medium: 'medium',
  high: 'high',
  critical: 'critical',
};

export interface SigmaSet {
  readonly rules: readonly SigmaRule[];
  readonly correlations: readonly { readonly rule: SigmaCorrelation; readonly ids: readonly string[] }[];
}

/** Rules that only serve a correlation do not speak for themselves, unless it says `generate: true`. */
export function sigmaDetectors({ rules, correlations }: SigmaSet): TenantDetector[] {
  const serving = new Set(correlations.filter(({ rule }) => !rule.generate).flatMap(({ ids }) => ids));
  const alone = rules
    .filter(({ id }) => !serving.has(id))
    .map((rule) => detectorOf(rule, (scene) => hitsOf(scene, [rule.id])));
  const together = correlations
    .filter(({ rule }) => !serving.has(rule.id))
    .map(({ rule }) => detectorOf(rule, (scene) => correlated(rule.id, scene, correlations)));
  return [...alone, ...together];
}

function hitsOf({ accesses }: TenantScene, ids: readonly string[]): Event[] {
  return accesses.flatMap((access, i) =>
    (access.sigma ?? [])
      .filter(({ rule }) => ids.includes(rule))
      .map(({ rule, values }) => ({ rule, at: access.at, accesses: [i], values })),
  );
}

/** A correlation of correlations is a chain; that it ends was checked when it was read. */
function correlated(id: string, scene: TenantScene, all: SigmaSet['correlations']): Event[] {
  const own = all.find(({ rule }) => rule.id === id);
  if (!own) return hitsOf(scene, [id]);
  const events = own.ids.flatMap((inner) => correlated(inner, scene, all)).sort((a, b) => a.at - b.at);
  return correlate(own.rule, own.ids, events);
}

function detectorOf(rule: Named, eventsOf: (scene: TenantScene) => readonly Event[]): TenantDetector {
  const name = `${sigmaPrefix}${rule.id}`;
  return tenantDetector({
    name,
    weight: 1,
    settings: settingsOf({
      score: amount(claims[rule.level], 'score of a day on which it matches, before the firm’s own past corrects it'),
    }),
    statistic: ({ score }) => `any day on which the Sigma rule “${rule.title}” matches; score ${score}`,
    source: `Sigma rule ${rule.id}, level ${rule.level}`,
    falseAlarms: rule.falsePositives.join('; ') || 'The rule names none.',
    runbook: [
      rule.description ?? `Read what “${rule.title}” looks for.`,
      'Read the raw records of the accesses: the rule matched those.',
    ],
    ...(rule.attack !== undefined && { attack: rule.attack }),
    judge(scene, { score }) {
      const events = eventsOf(scene);
      if (events.length === 0) return [];
      const refs = [...new Set(events.flatMap(({ accesses }) => accesses))].flatMap((i) => scene.accesses[i] ?? []);
      return [
        {
          tenants: scene.tenant === unattributed ? [] : [scene.tenant],
          basis: rule.level === 'critical' ? 'fact' : 'statistic',
          score,
          limit: score,
          severity: severities[rule.level],
          because: `${refs.length} accesses match the Sigma rule “${rule.title}”, ${events.length} times`,
          // Its last access decides: before it, nothing had matched.
          ...evidence(refs, events[0]?.accesses.length ?? 1),
        },
      ];
    },
    examples: [
      { name: 'nothing matches', scene: exampleScene({ explained: 1 }), speaks: [] },
      {
        name: 'a match of another rule',
        scene: exampleScene({ explained: 1, access: { sigma: [{ rule: 'another', values: {} }] } }),
        speaks: [],
      },
    ],
  });
}
