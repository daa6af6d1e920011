/** What is not known about a day's candidates: sources that should have told of their clients, and were silent or late. */
import { silentText } from '../../core/silence.ts';
import { percent } from './say.ts';
import { type SilenceLimits, silencesOf } from './silence.ts';
import type { SourcePast } from './source-past.ts';

const hourMs = 3_600_000;
/** A source of which less is late is in time. */
const lateShareMin = 0.002;
const lateMin = 3;
/** A history imported at once is not late: when it was written is not known. */
const importedShare = 0.9;
const sentencesMax = 20;
const limits: SilenceLimits = { leastMin: 15, shareMax: 0.01, shape: 0.8, hoursMin: 3, daysMin: 14 };

interface Note {
  readonly source: string;
  /** Undefined: about all clients of the source. */
  readonly tenant: string | undefined;
  readonly sentence: string;
}

/** `tenants`: a candidate's, none for one of no client. */
export type Unknown = (tenants: readonly string[]) => readonly string[];

export function unknownOn(sources: SourcePast, day: number, holiday: boolean): Unknown {
  const notes = sources
    .sourcesOf([])
    .flatMap((source) => [...silences(sources, source, day, holiday), ...lateness(sources, source, day)]);
  return (tenants) => {
    if (notes.length === 0) return [];
    const mine = new Set(sources.sourcesOf(tenants));
    return notes
      .filter(({ source, tenant }) => mine.has(source) && (tenant === undefined || tenants.includes(tenant)))
      .map(({ sentence }) => sentence)
      .slice(0, sentencesMax);
  };
}

function silences(sources: SourcePast, source: string, day: number, holiday: boolean): Note[] {
  return sources.scenesOf(source, day, holiday).flatMap((scene) => {
    const silent = silencesOf(scene, limits);
    const about = scene.tenant === undefined ? '' : ` about ${scene.tenant}`;
    const sentence = `${source} was silent${about}: ${silentText(silent)}`;
    return silent.length === 0 ? [] : [{ source, tenant: scene.tenant, sentence }];
  });
}

function lateness(sources: SourcePast, source: string, day: number): Note[] {
  const late = sources.lateness(source, day);
  if (!late || late.late < lateMin || late.late < lateShareMin * late.accesses) return [];
  const share = late.late / late.accesses;
  if (share > importedShare) return [];
  const last = (late.longestMs / hourMs).toFixed(1);
  const sentence = `${source} was late: ${late.late} accesses of that day (${percent(share)}) arrived more than 1 h after they happened, the last ${last} h after`;
  return [{ source, tenant: undefined, sentence }];
}
