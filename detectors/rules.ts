/**
 * The rules of a firm: which detectors speak, with which settings, how much they count and how grave they are; for the
 * firm, and for some clients otherwise. What nobody set is as the detector comes.
 */
import { compareSeverity, type Severity } from '../core/alert.ts';
import type { Finding } from '../core/scene.ts';
import {
  type Detector,
  defaultsOf,
  type FirmDetector,
  type Settings,
  type SourceDetector,
  type TenantDetector,
} from './detector.ts';
import type { Weighing } from './judge/fuse.ts';
import { noSigma, type Sigma } from './sigma/set.ts';

/** What a rules file may say of one detector; what is absent stays as it was. */
export interface RuleChange {
  readonly enabled?: boolean | undefined;
  readonly weight?: number | undefined;
  readonly cap?: number | undefined;
  readonly severity?: Severity | undefined;
  readonly settings?: Settings | undefined;
  readonly reason?: string | undefined;
}

export type RuleChanges = Readonly<Record<string, RuleChange | undefined>>;

/** Another rule for some clients. */
export interface Override {
  readonly tenants: readonly string[];
  readonly reason: string;
  readonly detectors: RuleChanges;
}

export interface WrittenRules {
  readonly detectors: RuleChanges;
  /** A later one wins over an earlier one. */
  readonly overrides: readonly Override[];
}

/** What holds for one detector, settled. */
export interface Rule {
  readonly enabled: boolean;
  readonly weight: number;
  readonly cap: number | undefined;
  /** Instead of what the detector itself says. */
  readonly severity: Severity | undefined;
  readonly settings: Settings;
}

export interface Ruled<D extends Detector> {
  readonly detector: D;
  readonly rule: Rule;
}

export interface Rules {
  /** All that are known, those turned off too. */
  readonly detectors: readonly Detector[];
  /** What the files said. */
  readonly written: WrittenRules;
  /** What holds for a detector in the firm, or at that client. */
  of(detector: string, tenant?: string): Rule;
  /** Those that are on, with the settings of that client. */
  tenant(tenant: string): readonly Ruled<TenantDetector>[];
  readonly firm: readonly Ruled<FirmDetector>[];
  readonly source: readonly Ruled<SourceDetector>[];
  /** What detectors said, as the rules of the clients concerned will have it: without what is off, graver or less grave. */
  ruled(findings: readonly Finding[]): Finding[];
  /** The Sigma rules among them: what raw records are asked. */
  readonly sigma: Sigma;
  /** How much a finding counts. */
  readonly weighing: (finding: Finding) => Weighing;
}

const noRules: WrittenRules = { detectors: {}, overrides: [] };

export function createRules(
  detectors: readonly Detector[],
  written: WrittenRules = noRules,
  sigma: Sigma = noSigma,
): Rules {
  const byName = new Map(detectors.map((detector) => [detector.name, detector]));
  const firm = new Map(detectors.map((d) => [d.name, settled(plain(d), written.detectors[d.name])]));
  const tenants = new Map<string, Map<string, Rule>>();
  for (const { tenants: named, detectors: changes } of written.overrides) {
    for (const tenant of named) {
      const rules = tenants.get(tenant) ?? new Map(firm);
      tenants.set(tenant, rules);
      for (const [name, change] of Object.entries(changes)) {
        const rule = rules.get(name);
        if (rule) rules.set(name, settled(rule, change));
      }
    }
  }
  const of = (name: string, tenant?: string): Rule =>
    (tenant === undefined ? undefined : tenants.get(tenant)?.get(name)) ?? firm.get(name) ?? unknown;
  const on = (rules: ReadonlyMap<string, Rule>): Ruled<Detector>[] =>
    detectors.flatMap((detector) => {
      const rule = rules.get(detector.name);
      return rule?.enabled === true ? [{ detector, rule }] : [];
    });
  const tenantRuled = (rules: ReadonlyMap<string, Rule>) => on(rules).filter(isTenant);
  const everywhere = tenantRuled(firm);
  const somewhere = new Map([...tenants].map(([tenant, rules]) => [tenant, tenantRuled(rules)]));
  // A detector that is off for the firm may be on for a client: then its firm scene is looked at, for that client.
  const anywhere = new Map(
    [...firm].map(([name, rule]) => {
      const wanted = rule.enabled || [...tenants.values()].some((rules) => rules.get(name)?.enabled === true);
      return [name, { ...rule, enabled: wanted }];
    }),
  );
  const concerned = ({ detector, tenants: about }: Finding): Rule[] => {
    const rules = about.length === 0 ? [of(detector)] : about.map((tenant) => of(detector, tenant));
    return rules.filter(({ enabled }) => enabled);
  };
  return {
    detectors,
    written,
    sigma,
    of,
    tenant: (tenant) => somewhere.get(tenant) ?? everywhere,
    firm: on(anywhere).filter(isFirm),
    source: on(firm).filter(isSource),
    ruled: (findings) =>
      findings.flatMap((finding) => {
        const rules = concerned(finding);
        if (rules.length === 0) return [];
        const graves = rules.map(({ severity = finding.severity }) => severity);
        return [{ ...finding, severity: graves.reduce((a, b) => (compareSeverity(a, b) < 0 ? b : a)) }];
      }),
    weighing: (finding) => {
      const strongest = concerned(finding).reduce((a, b) => (b.weight > a.weight ? b : a), lightest);
      const family = byName.get(finding.detector)?.family;
      return {
        weight: strongest.weight,
        ...(family !== undefined && { family }),
        ...(strongest.cap !== undefined && { cap: strongest.cap }),
      };
    },
  };
}

const isTenant = (ruled: Ruled<Detector>): ruled is Ruled<TenantDetector> => ruled.detector.level === 'tenant';
const isFirm = (ruled: Ruled<Detector>): ruled is Ruled<FirmDetector> => ruled.detector.level === 'firm';
const isSource = (ruled: Ruled<Detector>): ruled is Ruled<SourceDetector> => ruled.detector.level === 'source';

/** Of a detector that is not on the list: nothing was said of it. */
const unknown: Rule = { enabled: true, weight: 1, cap: undefined, severity: undefined, settings: {} };
const lightest: Rule = { ...unknown, weight: -1 };

const plain = (detector: Detector): Rule => ({
  enabled: true,
  weight: detector.weight,
  cap: detector.cap,
  severity: undefined,
  settings: defaultsOf(detector),
});

function settled(rule: Rule, change: RuleChange | undefined): Rule {
  if (!change) return rule;
  return {
    enabled: change.enabled ?? rule.enabled,
    weight: change.weight ?? rule.weight,
    cap: change.cap ?? rule.cap,
    severity: change.severity ?? rule.severity,
    settings: { ...rule.settings, ...change.settings },
  };
}
