import { useEffect } from 'react';
import type { AlertLine, AlertList } from '../../server/api.ts';
import { step, useKeys } from './keys.ts';
import { Link } from './link.tsx';
import { usePages } from './pages.ts';
import { onceIn, SeverityMark } from './severity.tsx';
import { useClock } from './zone.tsx';

const states = [undefined, 'open', 'acknowledged', 'closed', 'muted'] as const;

export function AlertsPage({ state }: { state: string | undefined }) {
  const path = state ? `/api/alerts?state=${encodeURIComponent(state)}` : '/api/alerts';
  const { items, refused, loading, more } = usePages<AlertList, AlertLine>(path, ({ alerts }) => alerts);
  const { zone } = useClock();
  useEffect(() => {
    document.title = 'Alerts · Cordon';
  }, []);
  const move = (by: 1 | -1) => () => void step('.alert-line h2 a', by);
  useKeys({ j: move(1), k: move(-1), arrowdown: move(1), arrowup: move(-1) });
  return (
    <div className="sheet">
      <h1>Alerts</h1>
      <nav className="choices" aria-label="Which alerts">
        {states.map((name) => (
          <Link
            key={name ?? 'all'}
            to={{ page: 'alerts', state: name }}
            aria-current={state === name ? 'page' : undefined}
          >
            {name ?? 'all'}
          </Link>
        ))}
      </nav>
      <p role="status" className="quiet">
        {refused
          ? refused.message
          : loading
            ? 'Loading alerts…'
            : summary(items.length, state, more !== undefined, zone)}
      </p>
      <ol className="alerts" aria-busy={loading}>
        {items.map((alert) => (
          <AlertItem key={alert.id} alert={alert} />
        ))}
      </ol>
      {more && (
        <button type="button" onClick={more} disabled={loading}>
          Older alerts
        </button>
      )}
    </div>
  );
}

function summary(shown: number, state: string | undefined, more: boolean, zone: string): string {
  const kind = state ? `${state} ` : '';
  if (shown === 0)
    return state ? `No ${state} alerts.` : 'No alerts: every access so far was explained, or too usual to ask about.';
  return `${shown} ${kind}alert${shown === 1 ? '' : 's'}, newest first${more ? '; older ones below' : ''}. Times in ${zone}.`;
}

function AlertItem({ alert }: { alert: AlertLine }) {
  const { moment, zone } = useClock();
  return (
    <li className={`alert-line ${alert.severity}`}>
      <h2>
        <Link to={{ page: 'alert', alert: alert.id }}>{alert.sentence}</Link>
      </h2>
      <p className="facts">
        <SeverityMark severity={alert.severity} />
        <span className={`state ${alert.state}`}>{alert.state}</span>
        <time dateTime={alert.raised_at} title={zone}>
          {moment(alert.raised_at)}
        </time>
        {alert.once_in_days !== undefined && <span>{onceIn(alert.once_in_days)}</span>}
        <span>
          {alert.accesses} access{alert.accesses === 1 ? '' : 'es'}
        </span>
      </p>
    </li>
  );
}
