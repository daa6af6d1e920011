/** What every detector states about itself. One statistic a file; the list is in `index.ts`. */
import { z } from 'zod';
import type { Finding, FirmScene, TenantScene } from '../core/scene.ts';
import type { SourceScene } from '../core/source-scene.ts';

export interface Example<S> {
  readonly name: string;
  readonly scene: S;
  /** The clients it must speak of; `[]`: it must stay silent. A finding about no client speaks of `firm`. */
  readonly speaks: readonly string[];
}

/** A detector's settings once checked: its own schema says what they are. */
export type Settings = Readonly<Record<string, unknown>>;

interface Described<L extends 'tenant' | 'firm' | 'source', S> {
  readonly name: string;
  readonly level: L;
  /** What a firm may set, each with its default and, in the description, its unit: `settingsOf`. */
  readonly settings: z.ZodObject;
  /** The statistic in one sentence, with its limit: printed in the docs and at the foot of every alert mail. */
  readonly statistic: (settings: Settings) => string;
  /** Its chance is one given that something of the day is unexplained; such a detector only adds to what is. */
  readonly given?: 'unexplained';
  /** Several detectors look at the same thing: within a family the strongest counts, the others a little. */
  readonly family?: 'volume' | 'place';
  /** How much its calibrated score counts in the fused one: 1, less for what is usually harmless. */
  readonly weight: number;
  /** Its calibrated score counts no higher than that, so that one kind of oddity does not crowd out all others. */
  readonly cap?: number;
  /** Where the idea is written down. */
  readonly source: string;
  /** When it is wrong, in the words of somebody who has to answer the alert. */
  readonly falseAlarms: string;
  /** What to do with it, first step first. */
  readonly runbook: readonly string[];
  /** MITRE ATT&CK technique, where one fits. */
  readonly attack?: string;
  /** Total, synchronous and deterministic: no clock, no network, no randomness. */
  readonly judge: (scene: S, settings: Settings) => readonly Finding[];
  /** At least one that speaks and one that is silent; the test runs them, with the defaults, and the docs print them. */
  readonly examples: readonly [Example<S>, Example<S>, ...Example<S>[]];
}

export type TenantDetector = Described<'tenant', TenantScene>;
export type FirmDetector = Described<'firm', FirmScene>;
export type SourceDetector = Described<'source', SourceScene>;
export type Detector = TenantDetector | FirmDetector | SourceDetector;

/** What the scene says of a finding, whichever detector speaks. */
type About = Pick<Finding, 'actor' | 'tenants' | 'day'>;

/** A finding without what goes without saying: whose it is, of whom and of which day; a statistic, unless it says otherwise. */
type Said = Omit<Finding, 'detector' | 'actor' | 'day' | 'basis'> & Partial<Pick<Finding, 'basis'>>;
/** Of the scene's client, if it has one, unless it says otherwise. */
type SaidOfClient = Omit<Said, 'tenants'> & Partial<Pick<Said, 'tenants'>>;

/** As its author writes it: `statistic` and `judge` get the settings as its own schema makes them. */
type Written<L extends 'tenant' | 'firm' | 'source', S, Z extends z.ZodObject> = Omit<
  Described<L, S>,
  'level' | 'settings' | 'statistic' | 'judge'
> & {
  readonly settings: Z;
  readonly statistic: (settings: z.output<Z>) => string;
  readonly judge: (scene: S, settings: z.output<Z>) => readonly (L extends 'firm' ? Said : SaidOfClient)[];
};

const whole =
  <S, Z>(detector: string, judge: (scene: S, settings: Z) => readonly SaidOfClient[], aboutOf: (scene: S) => About) =>
  (scene: S, settings: Z): Finding[] => {
    const { actor, tenants: its, day } = aboutOf(scene);
    return judge(scene, settings).map(({ tenants = its, basis = 'statistic', ...said }) => ({
      ...{ detector, actor, tenants, day, basis },
      ...said,
    }));
  };

/** These three keep a detector's own types for its author, and forget them for the list. */
export const tenantDetector = <Z extends z.ZodObject>(written: Written<'tenant', TenantScene, Z>): TenantDetector => {
  const aboutOf = ({ actor, tenant, day }: TenantScene): About => ({ actor: actor.id, tenants: [tenant], day });
  const judge = whole(written.name, written.judge, aboutOf);
  return { ...written, level: 'tenant', judge } as unknown as TenantDetector;
};
export const firmDetector = <Z extends z.ZodObject>(written: Written<'firm', FirmScene, Z>): FirmDetector => {
  const judge = whole(written.name, written.judge, ({ actor, day }): About => ({ actor: actor.id, tenants: [], day }));
  return { ...written, level: 'firm', judge } as unknown as FirmDetector;
};
export const sourceDetector = <Z extends z.ZodObject>(written: Written<'source', SourceScene, Z>): SourceDetector => {
  const aboutOf = ({ source, tenant, day }: SourceScene): About => ({
    actor: `source:${source}`,
    tenants: tenant === undefined ? [] : [tenant],
    day,
  });
  return {
    ...written,
    level: 'source',
    judge: whole(written.name, written.judge, aboutOf),
  } as unknown as SourceDetector;
};

/** A detector's settings: an unknown key is an error, a missing one its default. */
export const settingsOf = <S extends z.ZodRawShape>(shape: S) => z.strictObject(shape);

/** A number that is not negative. `says`: what it is, with its unit. */
export const amount = (value: number, says: string, max = 1e12) =>
  z.number().min(0).max(max).default(value).describe(says);

/** One that something is divided by: more than nothing. */
export const divisor = (value: number, says: string) => z.number().min(1e-3).max(1e12).default(value).describe(says);

/** Every score limit is of this kind. */
export const scoreLimitOf = (value: number) =>
  amount(value, '−log10 of how often a day like this is expected; below, it is silent');

export const defaultsOf = ({ settings }: Pick<Detector, 'settings'>): Settings => settings.parse({});
