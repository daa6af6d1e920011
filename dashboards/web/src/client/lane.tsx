/** One person's lane: the bands of facts behind, the accesses before them. A few paths, however many accesses. */
import { memo } from 'react';
import type { Band, Bucket, Mark } from '../../../server/api.ts';
import { type Cluster, clusters, merged } from './clusters.ts';
import { type Window, xOf } from './scale.ts';

const laneHeight = 36;
const middle = laneHeight / 2;
const bandTop = 5;
const bandHeight = laneHeight - 2 * bandTop;
const diamond = 4.5;
const cross = 3.5;
const barHeightMax = 22;
const countShownMin = 3;

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
  const at = (time: string) => Math.min(width + 4, Math.max(-4, xOf(window, width, Date.parse(time))));
  const begin = at(band.from);
  const end = band.until ? at(band.until) : width + 4;
  if (end <= begin) return null;
  const known = Math.min(end, at(band.recorded_at));
  const box = { x: begin, y: bandTop, height: bandHeight, rx: 3 };
  return (
    <g className={`band ${band.kind === 'assignment' ? 'assignment' : 'other'}`}>
      <rect {...box} width={end - begin} />
      {band.late && known > begin && <rect {...box} width={known - begin} className="late" />}
    </g>
  );
}

/** Refused ones stand lower, so that they hide nothing. */
function Marks({ marks, window, width }: { marks: readonly Mark[]; window: Window; width: number }) {
  const xs = (wanted: (mark: Mark) => boolean) =>
    marks
      .filter(wanted)
      .map(({ at }) => xOf(window, width, Date.parse(at)))
      .filter((x) => x > -diamond && x < width + diamond);
  const plain = clusters(
    xs(({ denied, unexplained }) => !denied && !unexplained),
    1,
  );
  const denied = clusters(
    xs((mark) => mark.denied),
    2 * cross,
  );
  return (
    <>
      <path className="plain-marks" d={plain.map(({ x }) => `M${px(x)} ${middle - 7}v14`).join('')} />
      <Odd
        found={clusters(
          xs(({ unexplained }) => unexplained),
          2 * diamond,
        )}
        width={width}
      />
      <path
        className="denied-marks"
        d={denied.map(({ x }) => `M${px(x - cross)} ${laneHeight - 2 * cross - 1}l7 7m0-7l-7 7`).join('')}
      />
    </>
  );
}

/** Diamonds; those that would lie on one another are one, with their number beside it. */
function Odd({ found, width }: { found: readonly Cluster[]; width: number }) {
  return (
    <>
      <path
        className="odd-marks"
        d={found.map(({ x, count }) => diamondAt(x, diamond + Math.min(3, Math.log10(count) * 2))).join('')}
      />
      {found
        .filter(({ count }) => count >= countShownMin)
        .map(({ x, count }) => (
          <text
            key={x}
            className="odd-count"
            y={middle + 4}
            {...(x > width - 36 ? { x: x - 9, textAnchor: 'end' } : { x: x + 9 })}
          >
            {count}
          </text>
        ))}
    </>
  );
}

const diamondAt = (x: number, r: number): string =>
  `M${px(x)} ${px(middle - r)}l${px(r)} ${px(r)} ${px(-r)} ${px(r)} ${px(-r)} ${px(-r)}Z`;

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
  const odd: Cluster[] = [];
  for (const { from, count, unexplained } of buckets) {
    const begin = xOf(window, width, Date.parse(from));
    const end = xOf(window, width, Date.parse(from) + bucketMs);
    if (end < 0 || begin > width) continue;
    const height = Math.max(3, (Math.log1p(count) / most) * barHeightMax);
    const wide = Math.max(1, end - begin - 0.5);
    plain += `M${px(begin)} ${px(middle + barHeightMax / 2)}h${px(wide)}v${px(-height)}h${px(-wide)}Z`;
    if (unexplained > 0) odd.push({ x: (begin + end) / 2, count: unexplained });
  }
  return (
    <>
      <path className="bars" d={plain} />
      <Odd found={merged(odd, 2 * diamond)} width={width} />
    </>
  );
}
