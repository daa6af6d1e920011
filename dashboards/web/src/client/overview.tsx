/** The whole span in one strip, and the part of it that is drawn large. Its two edges are sliders: mouse, touch, keys. */
import { type KeyboardEvent, type PointerEvent, useState } from 'react';
import type { Timeline } from '../../../server/api.ts';
import { useClock } from '../zone.tsx';
import { stretchesOf } from './gaps.tsx';
import { atX, type Window, windowMsMin, xOf } from './scale.ts';
import { useWidth } from './use-width.ts';

const height = 34;
const columns = 160;

interface OverviewProps {
  readonly timeline: Timeline | undefined;
  readonly outer: Window;
  readonly window: Window;
  readonly show: (window: Window) => void;
}

export function Overview({ timeline, outer, window, show }: OverviewProps) {
  const [frame, width] = useWidth<HTMLFieldSetElement>();
  const [from, until] = [xOf(outer, width, window.from), xOf(outer, width, window.until)];
  return (
    <fieldset className="overview" ref={frame} aria-label="The part of the whole span that is drawn">
      <svg width={width} height={height} aria-hidden="true">
        {timeline &&
          stretchesOf({ gaps: timeline.gaps, window: outer, width }).map(({ key, ...box }) => (
            <rect key={key} className="gap" {...box} y={0} height={height} />
          ))}
        {timeline && <path className="bars" d={profile(timeline, outer, width)} />}
        <rect className="veil" x={0} y={0} width={Math.max(0, from)} height={height} />
        <rect className="veil" x={until} y={0} width={Math.max(0, width - until)} height={height} />
        <rect className="frame" x={from + 0.5} y={0.5} width={Math.max(2, until - from - 1)} height={height - 1} />
      </svg>
      <Edge
        {...{ outer, width }}
        name="Begins"
        at={window.from}
        move={(at) => show({ from: Math.min(at, window.until - windowMsMin), until: window.until })}
      />
      <Edge
        {...{ outer, width }}
        name="Ends"
        at={window.until}
        move={(at) => show({ from: window.from, until: Math.max(at, window.from + windowMsMin) })}
      />
    </fieldset>
  );
}

interface EdgeProps {
  readonly name: string;
  readonly at: number;
  readonly outer: Window;
  readonly width: number;
  readonly move: (at: number) => void;
}

function Edge({ name, at, outer, width, move }: EdgeProps) {
  const { moment, zone } = useClock();
  const [held, setHeld] = useState(false);
  const within = (instant: number) => Math.min(outer.until, Math.max(outer.from, instant));
  const small = (outer.until - outer.from) / 100;
  const steps: Readonly<Record<string, number>> = {
    ArrowLeft: at - small,
    ArrowDown: at - small,
    ArrowRight: at + small,
    ArrowUp: at + small,
    PageDown: at - 10 * small,
    PageUp: at + 10 * small,
    Home: outer.from,
    End: outer.until,
  };
  const press = (event: KeyboardEvent) => {
    const next = steps[event.key];
    if (next === undefined) return;
    event.preventDefault();
    move(within(Math.round(next / 1_000) * 1_000));
  };
  const drag = (event: PointerEvent<HTMLElement>) => {
    const strip = event.currentTarget.parentElement?.getBoundingClientRect();
    if (held && strip) move(within(Math.round(atX(outer, width, event.clientX - strip.left) / 1_000) * 1_000));
  };
  return (
    <span
      className="edge"
      role="slider"
      tabIndex={0}
      aria-label={name}
      aria-valuemin={outer.from}
      aria-valuemax={outer.until}
      aria-valuenow={at}
      aria-valuetext={`${moment(at)} ${zone}`}
      style={{ insetInlineStart: xOf(outer, width, at) }}
      onKeyDown={press}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setHeld(true);
      }}
      onPointerMove={drag}
      onPointerUp={() => setHeld(false)}
      onPointerCancel={() => setHeld(false)}
    />
  );
}

/** All rows together, as one silhouette of bars. */
function profile({ marks, buckets }: Timeline, outer: Window, width: number): string {
  const counts = new Array<number>(columns).fill(0);
  const add = (at: string, n: number) => {
    const column = Math.floor(xOf(outer, columns, Date.parse(at)));
    if (column >= 0 && column < columns) counts[column] = (counts[column] ?? 0) + n;
  };
  for (const { at } of marks ?? []) add(at, 1);
  for (const { from, count } of buckets ?? []) add(from, count);
  const most = Math.log1p(Math.max(1, ...counts));
  const wide = width / columns;
  return counts
    .map((n, column) => {
      const high = (Math.log1p(n) / most) * (height - 6);
      return n === 0
        ? ''
        : `M${(column * wide).toFixed(1)} ${height}v${(-high).toFixed(1)}h${(wide - 0.5).toFixed(1)}V${height}Z`;
    })
    .join('');
}
