/** The drawing: a lane for each person, time from left to right. The table below says the same in words. */
import { useMemo, useState } from 'react';
import type { Mark, Timeline, TimelineRow } from '../../../server/api.ts';
import { useClock } from '../zone.tsx';
import { useBrush } from './brush.ts';
import { GapBands } from './gaps.tsx';
import { Lane } from './lane.tsx';
import { atX, between, midnights, ticks, type Window, xOf, zoomed } from './scale.ts';
import { useWidth } from './use-width.ts';

const dayMs = 86_400_000;
/** More lanes than this push the table out of sight, so they are drawn on request. */
const lanesAtFirst = 14;
const clickReachPixels = 10;
/** Where accesses are only counted, a click looks closer instead of opening one. */
const bucketZoom = 1 / 8;
const gutterPixels = 216;
/** Below this the names stand above the lanes instead of beside them. */
const besidePixelsMin = 640;

interface ChartProps {
  readonly timeline: Timeline;
  readonly window: Window;
  readonly actor: string | undefined;
  readonly selected: string | undefined;
  readonly show: (window: Window) => void;
  readonly only: (actor: string | undefined) => void;
  readonly open: (access: string) => void;
}

export function Chart({ timeline, window, actor, selected, show, only, open }: ChartProps) {
  const [frame, full] = useWidth<HTMLDivElement>();
  const [everyone, setEveryone] = useState(false);
  const rows = everyone ? timeline.rows : timeline.rows.slice(0, lanesAtFirst);
  const { zone } = useClock();
  const gutter = full >= besidePixelsMin ? gutterPixels : 0;
  const width = Math.max(0, full - gutter);
  const days = useMemo(() => midnights(window, width, zone), [window, width, zone]);
  const parts = useMemo(() => byRow(timeline), [timeline]);
  const brush = useBrush(gutter, width, {
    stretch: (a, b) => show(between(atX(window, width, a), atX(window, width, b))),
    click(x, target) {
      const row = target.closest<HTMLElement>('[data-row]')?.dataset['row'];
      const near = nearestMark(parts.get(row ?? '')?.marks ?? [], window, width, x);
      if (near) open(near.id);
      else if (timeline.bucket_ms) show(zoomed(window, bucketZoom, atX(window, width, x)));
    },
  });
  return (
    <div className={`chart ${gutter ? 'beside' : 'above'}`} ref={frame} {...brush.handlers}>
      <Hatch />
      {width > 0 && <Axis {...{ window, width, gutter }} />}
      {width > 0 && <GapBands {...{ window, width, gutter }} gaps={timeline.gaps} />}
      <ul className="rows" aria-label="People, with how much they did">
        {rows.map((row) => {
          const { marks, buckets, bands } = parts.get(row.id) ?? nothing;
          return (
            <li key={row.id} data-row={row.id} className={row.id === actor ? 'chosen' : undefined}>
              <RowName row={row} chosen={row.id === actor} only={only} />
              {width > 0 && (
                <Lane {...{ window, width, days, bands, marks, buckets, selected }} bucketMs={timeline.bucket_ms} />
              )}
            </li>
          );
        })}
      </ul>
      <Undrawn left={timeline.rows.length - rows.length} more={timeline.more_rows} draw={() => setEveryone(true)} />
      {brush.drawn && <div className="brush" style={brush.drawn} aria-hidden="true" />}
    </div>
  );
}

/** Who is not drawn: those that a button draws, and those that only the table has. */
function Undrawn({ left, more, draw }: { left: number; more: number; draw: () => void }) {
  const people = (n: number) => `${n} more ${n === 1 ? 'person' : 'people'}`;
  return (
    <>
      {left > 0 && (
        <button type="button" className="plain" onClick={draw}>
          Draw {people(left)}
        </button>
      )}
      {more > 0 && <p className="quiet">{people(more)} did something here; the table has what they did.</p>}
    </>
  );
}

interface Parts {
  readonly marks: Timeline['marks'];
  readonly buckets: Timeline['buckets'];
  readonly bands: Timeline['bands'];
}

const nothing: Parts = { marks: undefined, buckets: undefined, bands: [] };

function byRow(timeline: Timeline): ReadonlyMap<string, Parts> {
  const [marks, buckets, bands] = [grouped(timeline.marks), grouped(timeline.buckets), grouped(timeline.bands)];
  return new Map(
    timeline.rows.map(({ id }) => [id, { marks: marks.get(id), buckets: buckets.get(id), bands: bands.get(id) ?? [] }]),
  );
}

function grouped<T extends { readonly row: string }>(list: readonly T[] = []): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of list) {
    const group = groups.get(item.row);
    if (group) group.push(item);
    else groups.set(item.row, [item]);
  }
  return groups;
}

/** A click that lies between two marks goes to the nearer one, and to none beyond a finger's width. */
function nearestMark(marks: readonly Mark[], window: Window, width: number, x: number): Mark | undefined {
  let best: Mark | undefined;
  let reach = clickReachPixels;
  for (const mark of marks) {
    const far = Math.abs(xOf(window, width, Date.parse(mark.at)) - x);
    if (far < reach) [best, reach] = [mark, far];
  }
  return best;
}

function RowName({ row, chosen, only }: { row: TimelineRow; chosen: boolean; only: ChartProps['only'] }) {
  return (
    <button
      type="button"
      className="row-name"
      disabled={row.id === ''}
      aria-pressed={chosen}
      onClick={() => only(chosen ? undefined : row.id)}
    >
      <span className="name">{row.name}</span>
      <span className="amount">
        {row.role && `${row.role.replaceAll('_', ' ')}, `}
        {row.accesses.toLocaleString('en')}
        {row.unexplained > 0 && <b>, {row.unexplained.toLocaleString('en')} unexplained</b>}
      </span>
    </button>
  );
}

function Axis({ window, width, gutter }: { window: Window; width: number; gutter: number }) {
  const { zone, time, day } = useClock();
  const { step, ticks: all } = ticks(window, width, zone);
  const label = (at: number, midnight: boolean) => {
    // `Thu 5 Mar 2026` loses its year where days are near, and its weekday where they are far.
    if (midnight || step >= dayMs) return step < 7 * dayMs ? day(at).slice(0, -5) : day(at).slice(4);
    return step < 60_000 ? time(at) : time(at).slice(0, 5);
  };
  return (
    <div className="axis" aria-hidden="true" style={{ marginInlineStart: gutter, width }}>
      {all.map(({ at, x, midnight }) => (
        <span
          key={at}
          className={midnight ? 'midnight' : undefined}
          style={{ insetInlineStart: x }}
          hidden={x > width - 40}
        >
          {label(at, midnight)}
        </span>
      ))}
    </div>
  );
}

/** What a band recorded in hindsight is filled with, and what stands for a source's silence. */
function Hatch() {
  return (
    <svg width="0" height="0" className="unseen" aria-hidden="true">
      <defs>
        <pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect width="2.5" height="7" className="hatching" />
        </pattern>
        <pattern id="gap" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)">
          <rect width="1.25" height="6" className="gap-hatching" />
        </pattern>
      </defs>
    </svg>
  );
}
