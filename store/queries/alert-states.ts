/** What people did with alerts. Rows are only added; the latest of an alert holds. */
import type { ClickHouseClient } from '@clickhouse/client';
import { z } from 'zod';
import { type AlertEvent, alertStates } from '../../core/alert.ts';
import { isoOf } from '../../core/time.ts';
import { type Query, run, save } from '../query.ts';

const row = z.object({
  alert: z.string(),
  at: z.number(),
  state: z.enum(alertStates),
  by: z.string(),
  reason: z.string(),
  until: z.string(),
});

const events: Query<Record<string, never>, z.output<typeof row>> = {
  name: 'alert-states',
  row,
  sql: `
    SELECT alert, toFloat64(toUnixTimestamp64Milli(at)) AS at, state, by, reason, until
    FROM alert_states
    ORDER BY alert, alert_states.at`,
};

/** All that was ever done with each alert, by its id, oldest first. Alerts are few: a budget bounds them. */
export async function alertEvents(db: ClickHouseClient, signal: AbortSignal): Promise<Map<string, AlertEvent[]>> {
  const byAlert = new Map<string, AlertEvent[]>();
  for await (const event of run(db, events, {}, signal)) {
    const history = byAlert.get(event.alert) ?? [];
    const { until, ...said } = event;
    history.push({ ...said, at: isoOf(event.at), ...(until !== '' && { until }) });
    byAlert.set(event.alert, history);
  }
  return byAlert;
}

export async function addAlertEvents(
  db: ClickHouseClient,
  added: readonly AlertEvent[],
  signal: AbortSignal,
): Promise<void> {
  const values = added.map((event) => ({ ...event, at: Date.parse(event.at) }));
  await save(db, 'alert_states', { question: 'add-alert-events', values }, signal);
}
