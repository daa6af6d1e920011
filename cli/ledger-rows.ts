/** The ledger's rows: for each client and day what it was judged from, with what, and how much was said. */
import { hash } from 'node:crypto';
import { canonical } from '../core/fact-lines.ts';
import type { Finding } from '../core/scene.ts';
import { isoOf } from '../core/time.ts';
import type { Instant } from '../core/types.ts';
import type { Inputs } from '../detectors/judge/day.ts';
import type { Rules } from '../detectors/rules.ts';
import type { LedgerRow } from '../store/queries/ledger.ts';
import { gapDetectors } from '../store/source-gaps.ts';
import { dayMs } from './stored-days.ts';

/** Names the detectors and settings by which a client was judged. */
const setOf = (tenant: string, rules: Rules): string =>
  hash('sha256', canonical(rules.detectors.map(({ name }) => [name, rules.of(name, tenant)])), 'hex').slice(0, 16);

export interface JudgedDay {
  /** Days since the epoch. */
  readonly day: number;
  readonly inputs: readonly Inputs[];
  /** Those that stand of that day, of all clients. */
  readonly findings: readonly Finding[];
  readonly rules: Rules;
  readonly now: Instant;
}

/** A source that was silent, or whose record numbers have a hole, may have kept something from every client. */
export function ledgerRows({ day, inputs, findings, rules, now }: JudgedDay): LedgerRow[] {
  const date = isoOf(day * dayMs).slice(0, 10);
  const ofDay = findings.filter((finding) => finding.day === date);
  const gaps = ofDay
    .filter(({ detector }) => gapDetectors.has(detector))
    .map(({ actor, because }) => `${actor ?? ''}: ${because}`);
  const said = new Map<string, number>();
  for (const { tenants } of ofDay) for (const tenant of tenants) said.set(tenant, (said.get(tenant) ?? 0) + 1);
  return inputs.map(({ tenant, accesses, scenes, late }) => ({
    judgedAt: now,
    tenant,
    detectors: setOf(tenant, rules),
    from: day * dayMs,
    until: (day + 1) * dayMs,
    accesses,
    scenes,
    late,
    findings: said.get(tenant) ?? 0,
    gaps,
  }));
}
