/** What a source may have kept from the timeline: hatched over all lanes, and a list that says the same in words. */
import type { TimelineGap } from '../../../server/api.ts';
import { useClock } from '../zone.tsx';
import { type Window, xOf } from './scale.ts';

const narrowest = 3;
const dayMs = 86_400_000;

interface GapBandsProps {
  readonly gaps: readonly TimelineGap[];
  readonly window: Window;
  readonly width: number;
}

interface Stretch {
  readonly key: string;
  readonly x: number;
  readonly width: number;
}

export const stretchesOf = ({ gaps, window, width }: GapBandsProps): Stretch[] =>
  gaps.flatMap(({ source, kind, about_client, from, until }) => {
    const begin = Math.max(0, xOf(window, width, Date.parse(from)));
    const end = Math.min(width, xOf(window, width, Date.parse(until)));
    return end <= begin
      ? []
      : [{ key: `${source} ${kind} ${about_client} ${from}`, x: begin, width: Math.max(narrowest, end - begin) }];
  });

/** Behind the lanes, as high as they are; `gutter`: where they begin. */
export function GapBands({ gutter, ...drawn }: GapBandsProps & { gutter: number }) {
  return (
    <svg className="gaps" width={drawn.width} style={{ insetInlineStart: gutter }} aria-hidden="true">
      {stretchesOf(drawn).map(({ key, ...box }) => (
        <rect key={key} className="gap" {...box} y="0" height="100%" />
      ))}
    </svg>
  );
}

interface GapListProps {
  readonly gaps: readonly TimelineGap[];
  readonly more: number;
  readonly show: (window: Window) => void;
}

/** Each a button that shows its stretch, with as much around it. */
export function GapList({ gaps, more, show }: GapListProps) {
  const { moment, time } = useClock();
  if (gaps.length === 0) return null;
  const around = ({ from, until }: TimelineGap): Window => {
    const [begin, end] = [Date.parse(from), Date.parse(until)];
    return { from: begin - (end - begin), until: end + (end - begin) };
  };
  const span = ({ from, until }: TimelineGap) =>
    `${moment(from)} to ${Date.parse(until) - Date.parse(from) < dayMs ? time(until) : moment(until)}`;
  return (
    <section className="not-told" aria-labelledby="not-told">
      <h2 id="not-told">What happened then is not wholly known</h2>
      <ul>
        {gaps.map((gap) => (
          <li key={`${gap.source} ${gap.kind} ${gap.about_client} ${gap.from}`}>
            <button type="button" className="plain" onClick={() => show(around(gap))}>
              {span(gap)}
            </button>{' '}
            {sentenceOf(gap)}
          </li>
        ))}
      </ul>
      {more > 0 && <p className="quiet">{more} more are not listed; choose a shorter span.</p>}
    </section>
  );
}

const sentenceOf = ({ source, kind, about_client, what }: TimelineGap): string =>
  kind === 'silent'
    ? `${source} was silent${about_client ? ' about this client' : ''}: ${what}`
    : `${source} lacks records that it numbered: ${what}`;
