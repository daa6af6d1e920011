/** One person's lane: the bands of facts behind, the accesses before them. A few paths, however many accesses. */
import { memo } from 'react';
import type { Band, Bucket, Mark } from '../../../server/api.ts';
import { type Window, xOf } from './scale.ts';

export const laneHeight = 36;
const middle = laneHeight / 2;
const bandTop = 5;
const bandHeight = laneHeight - 2 * bandTop;
const diamond = 4.5;
const cross = 3.5;
const barHeightMax = 22;

interface LaneProps {
  readonly window: Window;
  readonly width: number;
  readonly days: readonly number[];
  readonly bands: readonly Band[];
  readonly marks: readonly Mark[] | undefined;
  readonly buckets: readonly Bucket[] | undefined;
  readonly bucketMs: number | undefined;
  readonly selected: string | undefined;
}

export const Lane = memo(function Lane(props: LaneProps) {
  const { window, width, days, bands, marks, buckets, bucketMs, selected } = props;
  const here = marks?.find(({ id }) => id === selected);
  return (
    <svg className="lane" width={width} height={laneHeight} aria-hidden="true">
      {bands.map((band) => (
        <BandShape key={`${band.kind} ${band.label} ${band.from} ${band.recorded_at}`} {...{ band, window, width }} />
      ))}
      <path className="days" d={days.map((x) => `M${px(x)} 0V${laneHeight}`).join('')} />
      {marks && <Marks {...{ marks, window, width }} />}
      {buckets && bucketMs && <Bars {...{ buckets, window, width, bucketMs }} />}
      {here && <path className="here" d={`M${px(xOf(window, width, Date.parse(here.at)))} 0v${laneHeight}`} />}
    </svg>
  );
});

const px = (n: number): string => n.toFixed(1);

function BandShape({ band, window, width }: { band: Band; window: Window; width: number }) {
  const begin = Math.max(-4, xOf(window, width, Date.parse(band.from)));
  const end = band.until ? Math.min(width + 4, xOf(window, width, Date.parse(band.until))) : width + 4;
  if (end <= begin || end < 0 || begin > width) return null;
  const box = { x: begin, y: bandTop, width: end - begin, height: bandHeight, rx: 3 };
  const kind = band.kind === 'assignment' ? 'assignment' : 'other';
  return (
    <g className={`band ${kind}`}>
      <rect {...box} />
      {band.late && <rect {...box} className="late" />}
    </g>
  );
}

function Marks({ marks, window, width }: { marks: readonly Mark[]; window: Window; width: number }) {
  let plain = '';
  let odd = '';
  let denied = '';
  for (const mark of marks) {
    const x = xOf(window, width, Date.parse(mark.at));
    if (x < -diamond || x > width + diamond) continue;
    if (mark.denied) denied += `M${px(x - cross)} ${middle - cross}l7 7m0-7l-7 7`;
    else if (mark.unexplained) odd += `M${px(x)} ${middle - diamond}l4.5 4.5-4.5 4.5-4.5-4.5Z`;
    else plain += `M${px(x)} ${middle - 7}v14`;
  }
  return (
    <>
      <path className="plain-marks" d={plain} />
      <path className="odd-marks" d={odd} />
      <path className="denied-marks" d={denied} />
    </>
  );
}

interface BarsProps {
  readonly buckets: readonly Bucket[];
  readonly window: Window;
  readonly width: number;
  readonly bucketMs: number;
}

/** Height grows with the logarithm, so that one access beside ten thousand is still seen. */
function Bars({ buckets, window, width, bucketMs }: BarsProps) {
  const most = Math.log1p(Math.max(1, ...buckets.map(({ count }) => count)));
  let plain = '';
  let odd = '';
  for (const { from, count, unexplained } of buckets) {
    const begin = xOf(window, width, Date.parse(from));
    const end = xOf(window, width, Date.parse(from) + bucketMs);
    if (end < 0 || begin > width) continue;
    const height = Math.max(3, (Math.log1p(count) / most) * barHeightMax);
    const wide = Math.max(1, end - begin - 0.5);
    plain += `M${px(begin)} ${px(middle + barHeightMax / 2)}h${px(wide)}v${px(-height)}h${px(-wide)}Z`;
    if (unexplained > 0) odd += `M${px((begin + end) / 2)} ${middle - diamond}l4.5 4.5-4.5 4.5-4.5-4.5Z`;
  }
  return (
    <>
      <path className="bars" d={plain} />
      <path className="odd-marks" d={odd} />
    </>
  );
}
