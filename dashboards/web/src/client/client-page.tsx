/** One client's timeline: the drawing, the table in step with it, and the panel of the access that was picked. */
import { useEffect, useState } from 'react';
import { isoOf } from '../../../../core/time.ts';
import type { AccessLine, AccessPage, AlertView, Timeline } from '../../../server/api.ts';
import type { ClientRoute } from '../address.ts';
import { useAnswer } from '../ask.ts';
import { step, useKeys } from '../keys.ts';
import { Link } from '../link.tsx';
import { usePages } from '../pages.ts';
import { go } from '../route.ts';
import { useClock } from '../zone.tsx';
import { AccessPanel } from './access-panel.tsx';
import { AccessTable } from './access-table.tsx';
import { Chart } from './chart.tsx';
import { GapList } from './gaps.tsx';
import { Legend } from './legend.tsx';
import { Overview } from './overview.tsx';
import { containing, moved, type Window, zoomed } from './scale.ts';

const zoomStep = 0.5;
const moveStep = 0.5;

export function ClientPage({ route }: { route: ClientRoute }) {
  const base = `/api/clients/${encodeURIComponent(route.client)}`;
  const asked = askedOf(route);
  const drawn = useAnswer<Timeline>(`${base}/timeline${queryOf(asked, route.actor)}`);
  const { value: timeline, refused } = drawn;
  const window = asked ?? (timeline && windowOf(timeline));
  const outer = useWhole(window);
  useEffect(() => {
    document.title = `${timeline?.client.name ?? 'Timeline'} · Cordon`;
  }, [timeline?.client.name]);
  if (!timeline || !window || !outer) {
    return (
      <div className="sheet">
        <h1>Timeline</h1>
        <p role="status">{refused ? refused.message : 'Loading the timeline…'}</p>
      </div>
    );
  }
  return <Shown {...{ route, base, timeline, window, outer, loading: drawn.loading }} />;
}

/** An address that says no span, or none that can be, asks for what the server thinks of first. */
function askedOf({ from, until }: ClientRoute): Window | undefined {
  if (!from || !until) return undefined;
  const asked = { from: Date.parse(from), until: Date.parse(until) };
  return asked.from < asked.until ? asked : undefined;
}

/** Everything that was ever drawn here. Kept while rendering and not in an effect, so that no key meets the whole of a moment ago. */
function useWhole(window: Window | undefined): Window | undefined {
  const [before, keep] = useState<Window>();
  const whole = before && window ? containing(before, window) : (window ?? before);
  if (whole && !(before && same(before, whole))) keep(whole);
  return whole;
}

const windowOf = ({ from, until }: Timeline): Window => ({ from: Date.parse(from), until: Date.parse(until) });

function queryOf(window: Window | undefined, actor: string | undefined): string {
  const query = new URLSearchParams();
  if (window) query.set('from', isoOf(window.from));
  if (window) query.set('until', isoOf(window.until));
  if (actor !== undefined) query.set('actor', actor);
  return `?${query}`;
}

interface ShownProps {
  readonly route: ClientRoute;
  readonly base: string;
  readonly timeline: Timeline;
  readonly window: Window;
  readonly outer: Window;
  readonly loading: boolean;
}

function Shown({ route, base, timeline, window, outer, loading }: ShownProps) {
  const whole = useAnswer<Timeline>(same(outer, window) ? undefined : `${base}/timeline${queryOf(outer, route.actor)}`);
  const [begin, setBegin] = useState<number>();
  const listed =
    begin !== undefined && begin > window.from && begin < window.until ? { ...window, from: begin } : window;
  const list = usePages<AccessPage, AccessLine>(
    `${base}/accesses${queryOf(listed, route.actor)}`,
    (page) => page.accesses,
  );
  const away = awayFrom(route.access, list.loading ? undefined : list.items, timeline);
  useEffect(() => {
    if (away !== undefined) setBegin(away);
  }, [away]);
  const [asked, setAsked] = useState(0);
  const change = (part: Partial<ClientRoute>) => go({ ...route, ...part }, 'replace');
  const show = ({ from, until }: Window) => change({ from: isoOf(from), until: isoOf(until) });
  const open = (access: string) => {
    change({ access });
    setAsked((n) => n + 1);
  };
  const close = () => {
    const row = route.access && document.getElementById(`access-${route.access}`);
    if (row) row.querySelector('button')?.focus();
    setAsked(0);
    change({ access: undefined });
  };
  // With the panel open, walking the table walks the panel too, and the focus stays in the table.
  const walk = (by: 1 | -1) => () => {
    const row = step('.accesses td button', by)?.closest('tr');
    if (row && route.access) change({ access: row.id.slice('access-'.length) });
  };
  const acts = {
    in: () => show(zoomed(window, zoomStep)),
    out: () => show(zoomed(window, 1 / zoomStep)),
    earlier: () => show(moved(window, -moveStep)),
    later: () => show(moved(window, moveStep)),
    whole: () => show(outer),
  };
  useKeys({
    ...{ j: walk(1), k: walk(-1), '+': acts.in, '=': acts.in, '-': acts.out, '[': acts.earlier, ']': acts.later },
    ...{ 0: acts.whole, ...(route.access && { escape: close }) },
  });
  return (
    <div className={`client ${route.access ? 'with-panel' : ''}`}>
      <div className="story">
        <Head {...{ route, timeline, window, acts, loading }} everyone={() => change({ actor: undefined })} />
        <Overview {...{ outer, window, show }} timeline={whole.value ?? timeline} />
        <Chart
          {...{ timeline, window, show, open, actor: route.actor, selected: route.access }}
          only={(actor) => change({ actor })}
        />
        <Legend bucketMs={timeline.bucket_ms} />
        <GapList gaps={timeline.gaps} more={timeline.more_gaps} show={show} />
        {listed !== window && <ListedFrom at={listed.from} all={() => setBegin(undefined)} />}
        <AccessTable accesses={list.items} selected={route.access} open={({ id }) => open(id)} />
        <p role="status" className="quiet">
          {list.refused?.message ??
            (list.loading ? 'Loading accesses…' : counted(list.items.length, timeline.total, listed === window))}
        </p>
        {list.more && (
          <button type="button" onClick={list.more} disabled={list.loading}>
            More accesses
          </button>
        )}
      </div>
      {route.access && <AccessPanel client={route.client} access={route.access} asked={asked} close={close} />}
    </div>
  );
}

/** Where the picked access is, if the table does not reach it: the table then begins there. */
function awayFrom(
  access: string | undefined,
  items: readonly AccessLine[] | undefined,
  timeline: Timeline,
): number | undefined {
  if (access === undefined || !items || items.some(({ id }) => id === access)) return undefined;
  const mark = timeline.marks?.find(({ id }) => id === access);
  return mark && Date.parse(mark.at);
}

function ListedFrom({ at, all }: { at: number; all: () => void }) {
  const { moment } = useClock();
  return (
    <p className="quiet">
      Listed from {moment(at)} on.{' '}
      <button type="button" className="plain" onClick={all}>
        List from the beginning
      </button>
    </p>
  );
}

const same = (a: Window, b: Window): boolean => a.from === b.from && a.until === b.until;

const counted = (shown: number, total: number, fromBegin: boolean): string =>
  total === 0
    ? 'No access in this span.'
    : shown >= total
      ? `All ${total.toLocaleString('en')} accesses of this span are listed.`
      : `${fromBegin ? 'The first ' : ''}${shown.toLocaleString('en')} of ${total.toLocaleString('en')} accesses of this span are listed.`;

interface HeadProps {
  readonly route: ClientRoute;
  readonly timeline: Timeline;
  readonly window: Window;
  readonly acts: Readonly<Record<'in' | 'out' | 'earlier' | 'later' | 'whole', () => void>>;
  readonly loading: boolean;
  readonly everyone: () => void;
}

const buttons = [
  ['earlier', 'Earlier', '['],
  ['later', 'Later', ']'],
  ['in', 'Zoom in', '+'],
  ['out', 'Zoom out', '-'],
  ['whole', 'Whole span', '0'],
] as const;

function Head({ route, timeline, window, acts, loading, everyone }: HeadProps) {
  const { moment, zone } = useClock();
  const { name, alias } = timeline.client;
  return (
    <>
      {route.alert && <FromAlert id={route.alert} />}
      <div className="client-head">
        <h1>
          {name} {alias && <small>{alias}</small>}
        </h1>
        <fieldset className="buttons" aria-label="Part of the timeline">
          {buttons.map(([act, label, key]) => (
            <button key={act} type="button" onClick={acts[act]} aria-keyshortcuts={key}>
              {label}
            </button>
          ))}
        </fieldset>
      </div>
      <p className="span" role="status" aria-busy={loading}>
        <time dateTime={isoOf(window.from)}>{moment(window.from)}</time> to{' '}
        <time dateTime={isoOf(window.until)}>{moment(window.until)}</time> {zone}:{' '}
        <b>{timeline.total.toLocaleString('en')}</b> accesses
        {route.actor !== undefined && <OnlyOne actor={route.actor} timeline={timeline} show={everyone} />}
      </p>
    </>
  );
}

function OnlyOne({ actor, timeline, show }: { actor: string; timeline: Timeline; show: () => void }) {
  return (
    <>
      {' '}
      by {timeline.rows.find(({ id }) => id === actor)?.name ?? actor}{' '}
      <button type="button" className="plain" onClick={show}>
        Show everyone
      </button>
    </>
  );
}

function FromAlert({ id }: { id: string }) {
  const { value } = useAnswer<AlertView>(`/api/alerts/${encodeURIComponent(id)}`);
  return (
    <p className="way">
      <Link to={{ page: 'alerts' }}>Alerts</Link> <span aria-hidden="true">›</span>{' '}
      <Link to={{ page: 'alert', alert: id }}>{value?.sentence ?? id}</Link>
    </p>
  );
}
