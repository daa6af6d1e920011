/** A timeline as a person reads it: one line an act, runs of like acts folded into one, days without any shown. */
import { formatInZone, localDate } from '../core/time.ts';
import type { Access, Instant } from '../core/types.ts';
import type { SourceGap } from '../store/source-gaps.ts';
import { printable } from './printable.ts';

/** Acts further apart than this are two lines, however alike. */
const runGapMs = 30 * 60_000;
const dayMs = 86_400_000;

/** Like acts, one after the other. */
export interface Run {
  readonly first: Access;
  readonly last: Access;
  readonly count: number;
  readonly objects: number;
  readonly ids: readonly string[];
}

function runsOf(accesses: readonly Access[]): Run[] {
  const runs: { first: Access; last: Access; names: Set<string>; ids: string[] }[] = [];
  for (const access of accesses) {
    const run = runs.at(-1);
    if (run && alike(run.last, access)) {
      run.last = access;
      run.names.add(access.object ?? '');
      run.ids.push(access.id);
    } else {
      runs.push({ first: access, last: access, names: new Set([access.object ?? '']), ids: [access.id] });
    }
  }
  return runs.map(({ first, last, names, ids }) => ({ first, last, ids, count: ids.length, objects: names.size }));
}

function alike(a: Access, b: Access): boolean {
  return (
    whoOf(a) === whoOf(b) &&
    a.tenant === b.tenant &&
    a.action === b.action &&
    a.outcome === b.outcome &&
    a.source === b.source &&
    a.ip === b.ip &&
    a.object_to === undefined &&
    b.object_to === undefined &&
    folderOf(a) === folderOf(b) &&
    Date.parse(b.at) - Date.parse(a.at) <= runGapMs
  );
}

const whoOf = ({ actor, account }: Access): string => actor ?? account ?? 'unknown';

const folderOf = ({ object = '' }: Access): string =>
  object.slice(0, Math.max(object.lastIndexOf('/'), object.lastIndexOf('\\')) + 1);

const plurals: Readonly<Record<string, string>> = {
  copy: 'copies',
  query: 'queries',
  search: 'searches',
  configure: 'configurations',
  audit_change: 'audit changes',
  delete: 'deletions',
};
const pluralOf = (action: string) => plurals[action] ?? `${action}s`;

/** A stretch in which a source said nothing, or of which its record numbers lack some: a timeline may lack what happened then. */
type Gap = Omit<SourceGap, 'what'>;

interface Shown {
  readonly zone: string;
  /** What the reader does not know already and has to be told on every line. */
  readonly shown: { readonly actor: boolean; readonly tenant: boolean };
  /** In order of time. */
  readonly gaps?: readonly Gap[];
}

/** Lines without their ends, in order of time. */
export function linesOf(accesses: readonly Access[], { zone, shown, gaps = [] }: Shown): string[] {
  const lines: string[] = [];
  let day = '';
  const begin = (at: Instant) => {
    const date = localDate(zone, at);
    if (date === day) return;
    lines.push(...gapOf(day, date), ...(day ? [''] : []), `${date} ${weekdayOf(date)} (${zone})`);
    day = date;
  };
  const waiting = [...gaps];
  const sayUntil = (at: Instant) => {
    while (waiting[0] && waiting[0].from <= at) {
      const gap = waiting.shift();
      if (!gap) return;
      begin(gap.from);
      lines.push(`  ${missingLine(gap, zone)}`);
    }
  };
  for (const run of runsOf(accesses)) {
    const at = Date.parse(run.first.at);
    sayUntil(at);
    begin(at);
    lines.push(`  ${lineOf(run, zone, shown)}`);
  }
  sayUntil(Number.POSITIVE_INFINITY);
  return lines;
}

function missingLine({ source, kind, tenant, from, until }: Gap, zone: string): string {
  const begun = clockOf(zone, from).slice(0, 5);
  const clock = clockOf(zone, until).slice(0, 5);
  const ended = until - from > dayMs ? `${localDate(zone, until)} ${clock}` : clock;
  const about = tenant === undefined ? '' : ` about ${tenant}`;
  const what = kind === 'silent' ? 'was silent' : 'lacks records that it numbered';
  return `${begun}–${ended}  … ${source} ${what}${about}: what happened there then is not known`;
}

function lineOf(run: Run, zone: string, shown: { actor: boolean; tenant: boolean }): string {
  const { first, last, count } = run;
  const clock = clockOf(zone, Date.parse(first.at));
  const parts = [
    clock,
    shown.actor ? whoOf(first) : '',
    shown.tenant ? first.tenant : '',
    count === 1 ? actOf(first) : `${count} ${pluralOf(first.action)} in ${folderOf(first) || (first.object ?? '?')}`,
    count === 1 ? '' : `(${clock.slice(0, 5)}–${clockOf(zone, Date.parse(last.at)).slice(0, 5)})`,
    first.outcome === 'success' ? '' : first.outcome.toUpperCase(),
    `[${[first.source, first.ip, first.host].filter(Boolean).join(', ')}]`,
    count === 1 ? first.id : '',
  ];
  return parts.filter(Boolean).join('  ');
}

function actOf({ action, object, object_to, bytes, rows, reason }: Access): string {
  const extras = [
    bytes === undefined ? '' : `${bytes} bytes`,
    rows === undefined ? '' : `${rows} rows`,
    reason === undefined ? '' : `for ${reason}`,
  ].filter(Boolean);
  const target = object_to === undefined ? '' : ` → ${object_to}`;
  const said = `${action.replace('_', ' ')} ${object ?? ''}${target}`.trim();
  return printable(extras.length > 0 ? `${said} (${extras.join(', ')})` : said);
}

/** Nothing happened on the days between: said, so that it is not overlooked. */
function gapOf(before: string, after: string): string[] {
  if (!before) return [];
  const days = Math.round((Date.parse(after) - Date.parse(before)) / dayMs) - 1;
  return days > 0 ? ['', `  … ${days} ${days === 1 ? 'day' : 'days'} without an access`] : [];
}

const clockOf = (zone: string, at: Instant) => formatInZone(at, zone).slice(11, 19);
const weekdayOf = (date: string) =>
  ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'][
    new Date(`${date}T00:00Z`).getUTCDay()
  ];
