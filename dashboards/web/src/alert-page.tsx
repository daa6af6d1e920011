import { useEffect } from 'react';
import type { AlertView } from '../../server/api.ts';
import type { ClientRoute } from './address.ts';
import { useAnswer } from './ask.ts';
import { AccessTable } from './client/access-table.tsx';
import { spanAround } from './client/scale.ts';
import { step, useKeys } from './keys.ts';
import { Link } from './link.tsx';
import { go } from './route.ts';
import { onceIn, SeverityMark } from './severity.tsx';
import { useClock } from './zone.tsx';

export function AlertPage({ id }: { id: string }) {
  const { value: alert, refused, loading } = useAnswer<AlertView>(`/api/alerts/${encodeURIComponent(id)}`);
  useEffect(() => {
    document.title = alert ? `${alert.sentence} · Cordon` : 'Alert · Cordon';
  }, [alert]);
  const move = (by: 1 | -1) => () => void step('.accesses td button', by);
  useKeys({ j: move(1), k: move(-1), escape: () => go({ page: 'alerts' }) });
  return (
    <div className="sheet">
      <p className="way">
        <Link to={{ page: 'alerts' }}>Alerts</Link> <span aria-hidden="true">›</span> {id}
      </p>
      {!alert && (
        <>
          <h1>Alert</h1>
          <p role="status">{loading ? 'Loading the alert…' : refused?.message}</p>
        </>
      )}
      {alert && <Told alert={alert} />}
    </div>
  );
}

function Told({ alert }: { alert: AlertView }) {
  const { moment, zone } = useClock();
  const timeline = (client: string, more: Partial<ClientRoute> = {}): ClientRoute => ({
    page: 'client',
    client,
    alert: alert.id,
    ...spanAround(
      alert.listed.filter(({ tenant }) => tenant === client).map(({ at }) => Date.parse(at)),
      zone,
    ),
    ...more,
  });
  return (
    <article>
      <h1 className="sentence">{alert.sentence}</h1>
      <p className="facts">
        <SeverityMark severity={alert.severity} />
        <span className={`state ${alert.state}`}>{alert.state}</span>
        <span>
          raised <time dateTime={alert.raised_at}>{moment(alert.raised_at)}</time> {zone}
        </span>
        {alert.once_in_days !== undefined && <span>{onceIn(alert.once_in_days)}</span>}
      </p>
      <ul className="onward">
        {alert.clients.flatMap(({ id, name }) => [
          alert.actor && (
            <li key={`${id} one`}>
              <Link to={timeline(id, { actor: alert.actor.id })} className="button strong">
                What {alert.actor.name} did at {name}
              </Link>
            </li>
          ),
          <li key={id}>
            <Link to={timeline(id)} className="button">
              Everybody at {name}
            </Link>
          </li>,
        ])}
      </ul>
      <Sentences title="Why" list={alert.because} />
      <Sentences
        title="What is not known"
        list={alert.unknown}
        none="No source is known to have been late or silent."
      />
      <section aria-labelledby="behind">
        <h2 id="behind">
          The accesses behind it <span className="count">{alert.accesses}</span>
        </h2>
        {alert.listed.length < alert.accesses && (
          <p className="quiet">The first {alert.listed.length}; the timeline has the rest.</p>
        )}
        {alert.listed.length > 0 && (
          <AccessTable
            accesses={alert.listed}
            open={({ tenant, id, actor }) => go(timeline(tenant, { access: id, actor }))}
          />
        )}
      </section>
      <History alert={alert} />
    </article>
  );
}

function Sentences({ title, list, none }: { title: string; list: readonly string[]; none?: string }) {
  if (list.length === 0 && none === undefined) return null;
  return (
    <section>
      <h2>{title}</h2>
      {list.length === 0 && <p className="quiet">{none}</p>}
      {list.length > 0 && (
        <ul className="because">
          {list.map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      )}
    </section>
  );
}

function History({ alert }: { alert: AlertView }) {
  const { moment } = useClock();
  return (
    <section>
      <h2>What was done</h2>
      <ol className="history">
        {alert.history.map(({ at, state, by, reason }) => (
          <li key={`${at} ${state}`}>
            <time dateTime={at}>{moment(at)}</time> <b>{state}</b> by {by}
            {reason && `: ${reason}`}
          </li>
        ))}
      </ol>
      <p className="quiet">
        Said by: {alert.detectors.join(', ')}. To take it on:{' '}
        <code className="line">cordon alerts ack {alert.id} --reason "looking into it"</code>
      </p>
    </section>
  );
}
