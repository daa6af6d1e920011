/** `cordon ledger`: what was judged, by which detectors, from how much; so that "no alert" is a statement somebody can check. */
import { isoOf } from '../core/time.ts';
import type { TenantId } from '../core/types.ts';
import type { Store } from '../store/index.ts';
import { countDays } from '../store/queries/judge-accesses.ts';
import { type LedgerRow, ledgerOf } from '../store/queries/ledger.ts';
import { all } from '../store/query.ts';
import { command } from './command.ts';
import { loadContext, storeOf, tenantNamed } from './context.ts';
import { type Range, rangeOf, rangeOptions } from './range.ts';
import { dayMs, forEachClient } from './stored-days.ts';

/** One client's day: what the ledger says of it, beside what is stored of it now. */
export interface LedgerDay extends Pick<LedgerRow, 'tenant' | 'accesses' | 'scenes' | 'late' | 'findings' | 'gaps'> {
  readonly from: string;
  readonly until: string;
  /** `behind`: more is stored than was judged. `unjudged`: no row at all. */
  readonly is: 'judged' | 'behind' | 'unjudged';
  readonly stored: number;
  readonly judged_at: string | null;
  readonly detectors: string | null;
}

export const ledger = command({
  name: 'ledger',
  examples: [
    'cordon ledger --tenant acme --from -7d  # was this client watched, and from how much?',
    'cordon ledger --from 2026-03-01 --to 2026-03-31 --json',
  ],
  options: { ...rangeOptions, tenant: { type: 'string', value: 'CLIENT', help: 'only this client' } },

  async run({ values }, io) {
    const context = loadContext(values, io);
    const range = rangeOf(values, context);
    await using store = await storeOf(context, 'attach', io.signal);
    const tenants = values.tenant === undefined ? store.tenants : [tenantNamed(context, values.tenant)];
    const days = await ledgerDays(store, tenants, range, io.signal);
    for (const day of days) io.out.write(values.json === true ? `${JSON.stringify(day)}\n` : inWords(day));
    const open = days.filter(({ is }) => is !== 'judged').length;
    if (values.json !== true)
      io.err.write(
        open === 0
          ? `${days.length} days of clients, all judged from all that is stored of them\n`
          : `${open} of ${days.length} days of clients are not judged from all that is stored of them: cordon judge\n`,
      );
    return open === 0 ? 0 : 1;
  },
});

async function ledgerDays(
  store: Store,
  tenants: readonly TenantId[],
  range: Range,
  signal: AbortSignal,
): Promise<LedgerDay[]> {
  const asked = { from: range.from, until: range.until, tenant: tenants.length === 1 ? (tenants[0] ?? '') : '' };
  const rows = new Map<string, LedgerRow>();
  for (const row of await all(store.firm('read'), ledgerOf, asked, signal)) rows.set(`${row.tenant} ${row.from}`, row);
  const days: LedgerDay[] = [];
  await forEachClient(tenants, async (tenant) => {
    for (const { day, accesses } of await countDays(store.client('read', tenant), range, signal)) {
      const from = day * dayMs;
      days.push(ledgerDay(tenant, from, accesses, rows.get(`${tenant} ${from}`)));
    }
  });
  return days.sort((a, b) => (a.tenant === b.tenant ? compare(a.from, b.from) : compare(a.tenant, b.tenant)));
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function ledgerDay(tenant: string, from: number, stored: number, row: LedgerRow | undefined): LedgerDay {
  const { judgedAt, detectors = null, accesses = 0, scenes = 0, late = 0, findings = 0, gaps = [] } = row ?? {};
  return {
    tenant,
    from: isoOf(from),
    until: isoOf(from + dayMs),
    is: row === undefined ? 'unjudged' : accesses < stored ? 'behind' : 'judged',
    stored,
    judged_at: judgedAt === undefined ? null : isoOf(judgedAt),
    detectors,
    accesses,
    scenes,
    late,
    findings,
    gaps,
  };
}

function inWords({ tenant, from, is, stored, judged_at, detectors, accesses, ...row }: LedgerDay): string {
  const day = `${from.slice(0, 10)}  ${tenant.padEnd(20)}`;
  if (is === 'unjudged') return `${day}  NOT JUDGED: ${stored} accesses\n`;
  const behind = is === 'behind' ? `BEHIND by ${stored - accesses}; ` : '';
  const judged = `judged ${judged_at?.slice(0, 16).replace('T', ' ')} by ${detectors}`;
  const gaps = row.gaps.map((gap) => `  gap: ${gap}\n`).join('');
  return `${day}  ${behind}${accesses} accesses (${row.late} late) of ${row.scenes} actors, ${row.findings} findings; ${judged}\n${gaps}`;
}
