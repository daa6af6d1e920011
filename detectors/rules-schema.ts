/** What a rules file may say. Made from the detectors that there are, so that a misspelt name or setting is an error. */
import { z } from 'zod';
import { severities } from '../core/alert.ts';
import { directorySchema } from '../core/directory/schema.ts';
import { accessClasses, actions, outcomes } from '../core/types.ts';
import type { Detector } from './detector.ts';

const text = z.string().min(1, 'must not be empty').max(4_096);
const reason = text.describe('why it is so: whoever reads it next was not there');
const time = z.iso.datetime({ offset: true, error: 'write a time as 2026-03-04T10:00:00Z' });
const listMax = 10_000;

/** The same settings without defaults: what is not written stays as it was. */
function partOf(settings: z.ZodObject) {
  const shape = Object.entries(settings.shape).map(([name, type]) => {
    if (!(type instanceof z.ZodDefault)) return [name, (type as z.ZodType).optional()];
    const inner = type.unwrap() as z.ZodType;
    return [name, inner.optional().meta({ description: type.description ?? '', default: type.def.defaultValue })];
  });
  return z.strictObject(Object.fromEntries(shape) as Record<string, z.ZodType>);
}

const common = {
  weight: z.number().min(0).max(10).optional().describe('how much its score counts in the fused one; 1 is all of it'),
  cap: z.number().min(0).max(100).optional().describe('its score counts no higher than that'),
  severity: z.enum(severities).optional().describe('instead of what the detector says'),
};

const ruleOf = ({ settings }: Detector) =>
  z
    .strictObject({
      enabled: z.boolean().optional().describe('false: it is not asked'),
      ...common,
      settings: partOf(settings).optional(),
      reason: reason.optional(),
    })
    .refine((rule) => rule.enabled !== false || rule.reason !== undefined, {
      error: 'turns the detector off without a reason; write reason: …',
    })
    .describe(`what holds for this detector; see docs/detectors.md`);

/** One setting of a scene that spans clients cannot hold for some of them. */
const ruleAtClientOf = (detector: Detector) =>
  detector.level === 'tenant'
    ? z.strictObject({
        enabled: z.boolean().optional(),
        ...common,
        settings: partOf(detector.settings).optional(),
      })
    : z.strictObject({ enabled: z.boolean().optional(), ...common });

const access = z.strictObject({
  at: time,
  seen_at: time.optional().describe('when the collector saw it; else at once'),
  tenant: text,
  actor: text.optional().describe('a person or service of the directory'),
  account: text.optional(),
  source: text.default('fs1'),
  class: z.enum(accessClasses).default('file'),
  action: z.enum(actions).default('read'),
  outcome: z.enum(outcomes).default('success'),
  object: text.optional().describe('`{n}` in it counts up, so that each is another object; so does `{day}`'),
  object_kind: text.optional(),
  object_to: text.optional(),
  ip: text.optional(),
  country: text.optional(),
  host: text.optional(),
  app: text.optional(),
  session: text.optional(),
  bytes: z.int().min(0).optional(),
  rows: z.int().min(0).optional(),
  record: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('fields of its raw record, for Sigma rules: { EventID: 4663, … }'),
  times: z.int().min(1).max(listMax).default(1).describe('so many of them'),
  every_seconds: z.number().min(0).max(86_400).default(1).describe('seconds between them'),
  days: z.int().min(1).max(400).default(1).describe('the same on so many days in a row, the first being that of `at`'),
});

const expected = z.strictObject({
  detector: text,
  actor: text.optional(),
  tenants: z.array(text).optional().describe('exactly these'),
  severity: z.enum(severities).optional(),
});

const ruleTest = z.strictObject({
  name: text,
  facts: z.array(z.looseObject({})).max(listMax).default([]).describe('as in a facts file: { recorded_at, op, … }'),
  accesses: z.array(access).min(1).max(listMax),
  expect: z
    .union([z.literal('none'), z.array(expected).min(1)], { error: 'write `none`, or a list of { detector, … }' })
    .describe('what is found on the last day of the accesses: at least these findings, or none at all'),
  not: z.array(text).default([]).describe('detectors that must be silent on that day'),
});

export type RuleTest = z.output<typeof ruleTest>;

export function rulesSchemaOf(detectors: readonly Detector[]) {
  const keyed = (make: (detector: Detector) => z.ZodType) =>
    z.strictObject(Object.fromEntries(detectors.map((d) => [d.name, make(d).optional()])));
  return z.strictObject({
    $schema: z.string().optional(),
    detectors: keyed(ruleOf).prefault({}),
    overrides: z
      .array(
        z
          .strictObject({
            tenants: z.array(text).min(1).optional().describe('clients of the directory, by id'),
            sensitivity: z.enum(['normal', 'restricted']).optional().describe('clients that the directory calls so'),
            reason,
            detectors: keyed(ruleAtClientOf),
          })
          .refine((o) => (o.tenants === undefined) !== (o.sensitivity === undefined), {
            error: 'needs a scope: either tenants or sensitivity',
          }),
      )
      .max(listMax)
      .default([])
      .describe('other rules for some clients; a later one wins, and clients named win over a sensitivity'),
    directory: directorySchema.optional().describe('who is who in the tests of this file; else the firm’s own'),
    tests: z.array(ruleTest).max(listMax).default([]),
  });
}

/** As `rulesSchemaOf` makes it; the detectors’ names are only known there. */
export interface RulesFile {
  readonly detectors: Readonly<Record<string, RuleWritten | undefined>>;
  readonly overrides: readonly {
    readonly tenants?: readonly string[] | undefined;
    readonly sensitivity?: 'normal' | 'restricted' | undefined;
    readonly reason: string;
    readonly detectors: Readonly<Record<string, RuleWritten | undefined>>;
  }[];
  readonly directory?: z.output<typeof directorySchema> | undefined;
  readonly tests: readonly RuleTest[];
}

type RuleWritten = Partial<z.output<ReturnType<typeof ruleOf>>>;
