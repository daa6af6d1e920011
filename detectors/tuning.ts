/** What closings say of each detector, and what settings follow from that. Proposals only: somebody decides. */
import type { Candidate } from '../core/alert.ts';
import { type Verdict, verdicts } from '../core/closing.ts';
import type { RuleChanges, Rules } from './rules.ts';

/** Fewer closings say nothing. */
const closedMin = 5;
/** Below, a detector is believed less; above, more. */
const lowFrom = 0.2;
const highFrom = 0.6;
const less = 0.5;
const more = 1.25;
const weightMax = 2;
const weightMin = 0.05;

export interface Precision {
  readonly detector: string;
  /** Only what concerns this client; undefined: the firm. */
  readonly tenant?: string;
  /** Alerts it had a part in that were closed as something that should not have been, and as nothing of the kind. */
  readonly true: number;
  readonly false: number;
}

export const shareTrue = (one: Precision): number => one.true / Math.max(1, one.true + one.false);

/** A duplicate was judged with the alert that it repeats, so it counts for neither. */
export function precisionOf(
  candidates: readonly Candidate[],
  verdict: (alert: string) => Verdict | undefined,
): { readonly firm: Precision[]; readonly tenants: Precision[] } {
  const firm = new Map<string, { detector: string; true: number; false: number }>();
  const tenants = new Map<string, { detector: string; tenant: string; true: number; false: number }>();
  for (const { id, detectors, tenants: about } of candidates) {
    const said = verdict(id);
    if (said === undefined || said === 'duplicate') continue;
    const side = verdicts[said] ? 'true' : 'false';
    for (const detector of detectors) {
      const whole = firm.get(detector) ?? { detector, true: 0, false: 0 };
      whole[side] += 1;
      firm.set(detector, whole);
      for (const tenant of about) {
        const part = tenants.get(`${detector}\0${tenant}`) ?? { detector, tenant, true: 0, false: 0 };
        part[side] += 1;
        tenants.set(`${detector}\0${tenant}`, part);
      }
    }
  }
  const byName = (a: Precision, b: Precision) =>
    `${a.detector} ${a.tenant ?? ''}` < `${b.detector} ${b.tenant ?? ''}` ? -1 : 1;
  return { firm: [...firm.values()].sort(byName), tenants: [...tenants.values()].sort(byName) };
}

/** What became of the candidates that a detector had a part in. */
export interface Closed {
  readonly candidates: number;
  readonly true: number;
  readonly false: number;
  readonly duplicate: number;
  readonly not_closed: number;
  /** The share of true ones among the `n` that were closed as either; null: none was. */
  readonly precision: number | null;
  readonly n: number;
}

/** By detector, of those that had a part in anything. */
export function closedOf(
  candidates: readonly Pick<Candidate, 'id' | 'detectors'>[],
  verdict: (alert: string) => Verdict | undefined,
): ReadonlyMap<string, Closed> {
  const counts = new Map<string, { true: number; false: number; duplicate: number; not_closed: number }>();
  for (const { id, detectors } of candidates) {
    const said = verdict(id);
    const side = said === undefined ? 'not_closed' : said === 'duplicate' ? said : verdicts[said] ? 'true' : 'false';
    for (const detector of detectors) {
      const mine = counts.get(detector) ?? { true: 0, false: 0, duplicate: 0, not_closed: 0 };
      mine[side] += 1;
      counts.set(detector, mine);
    }
  }
  return new Map(
    [...counts].map(([detector, mine]) => {
      const n = mine.true + mine.false;
      const all = n + mine.duplicate + mine.not_closed;
      return [detector, { candidates: all, ...mine, precision: n === 0 ? null : mine.true / n, n }];
    }),
  );
}

export interface Proposal {
  readonly detector: string;
  readonly tenant?: string;
  readonly was: number;
  readonly weight: number;
  readonly reason: string;
}

/**
 * Weights alone: limits say what a detector looks for, and closings do not. A detector that is bad everywhere is
 * weighed for the firm; one that is bad at some clients only, there.
 */
export function propose({ firm, tenants }: ReturnType<typeof precisionOf>, rules: Rules): Proposal[] {
  // Not everything that raises an alert is a detector.
  const known = new Set(rules.detectors.map(({ name }) => name));
  const wide = firm
    .filter(({ detector }) => known.has(detector))
    .flatMap((one) => changeOf(one, rules.of(one.detector).weight));
  const changed = new Set(wide.map(({ detector }) => detector));
  const narrow = tenants
    .filter(
      ({ detector, false: no, true: yes }) =>
        known.has(detector) && !changed.has(detector) && yes === 0 && no >= closedMin,
    )
    .flatMap((one) => changeOf(one, rules.of(one.detector, one.tenant).weight));
  return [...wide, ...narrow];
}

function changeOf(one: Precision, was: number): Proposal[] {
  const closed = one.true + one.false;
  const share = shareTrue(one);
  if (closed < closedMin || (share >= lowFrom && share < highFrom)) return [];
  const wanted = share < lowFrom ? Math.max(weightMin, was * less) : Math.min(Math.max(was, weightMax), was * more);
  const weight = Math.round(wanted * 100) / 100;
  if (weight === was) return [];
  const { detector, tenant } = one;
  const reason = `${closed} alerts closed, ${one.true} of them true`;
  return [{ detector, ...(tenant !== undefined && { tenant }), was, weight, reason }];
}

/** The proposals as a rules file has them. */
export function proposed(proposals: readonly Proposal[]): {
  readonly detectors: RuleChanges;
  readonly overrides: { tenants: string[]; reason: string; detectors: RuleChanges }[];
} {
  return {
    detectors: Object.fromEntries(
      proposals.flatMap(({ detector, tenant, weight, reason }) =>
        tenant === undefined ? [[detector, { weight, reason }] as const] : [],
      ),
    ),
    overrides: proposals.flatMap(({ detector, tenant, weight, reason }) =>
      tenant === undefined ? [] : [{ tenants: [tenant], reason, detectors: { [detector]: { weight } } }],
    ),
  };
}
