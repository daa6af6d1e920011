/** What is well and what is not, as sentences: from numbers that doctor.ts has gathered. Nothing here waits. */
import type { Config } from '../core/config.ts';
import type { Instant } from '../core/types.ts';
import { type Hold, inForce } from '../evidence/keeping.ts';
import type { Flight } from './canary.ts';

/** `wrong` needs somebody today; `notice` is worth knowing. */
export type Verdict = 'fine' | 'notice' | 'wrong';

export interface Diagnosis {
  readonly about: string;
  readonly is: Verdict;
  readonly says: string;
}

export const fine = (about: string, says: string): Diagnosis => ({ about, is: 'fine', says });
export const notice = (about: string, says: string): Diagnosis => ({ about, is: 'notice', says });
export const wrong = (about: string, says: string): Diagnosis => ({ about, is: 'wrong', says });

const hourMs = 3_600_000;
/** How far a stamp may lie ahead of its arrival before a clock or a time zone is wrong. */
export const aheadMsMax = 300_000;
/** Below this a silence is a pause. */
const silenceMsMin = 2 * hourMs;
/** A silence is told against the longest one before it. */
const silenceFactor = 1.5;
/** Fewer active hours say nothing of what is usual. */
const hoursKnownMin = 24;
const roomShareMin = 0.1;

export interface SourceHour {
  readonly source: string;
  readonly hour: Instant;
  readonly accesses: number;
  readonly ahead: number;
  readonly aheadMs: number;
}

/** `sources`: those configured. `hours`: of all clients, in any order. */
export function sourceDiagnoses(sources: readonly string[], hours: readonly SourceHour[], now: Instant): Diagnosis[] {
  return sources.flatMap((source) => {
    const own = hours.filter((one) => one.source === source);
    return [silence(source, own, now), ...clock(source, own)];
  });
}

function silence(source: string, hours: readonly SourceHour[], now: Instant): Diagnosis {
  const about = `source ${source}`;
  // Stamps of the future would say that it speaks.
  const active = [...new Set(hours.map(({ hour }) => hour))].filter((hour) => hour <= now).sort((a, b) => a - b);
  const last = active.at(-1);
  if (last === undefined) return notice(about, 'nothing came from it in the last 28 days');
  const silentMs = Math.max(0, now - (last + hourMs));
  const gaps = active.slice(1).map((hour, i) => hour - (active[i] ?? hour) - hourMs);
  const usualMs = Math.max(0, ...gaps);
  const since = `silent for ${hoursText(silentMs)}; its longest silence of 28 days was ${hoursText(usualMs)}`;
  if (silentMs <= Math.max(silenceMsMin, silenceFactor * usualMs))
    return fine(about, `spoke ${hoursText(silentMs)} ago`);
  return active.length < hoursKnownMin ? notice(about, `silent for ${hoursText(silentMs)}`) : wrong(about, since);
}

function clock(source: string, hours: readonly SourceHour[]): Diagnosis[] {
  const ahead = hours.reduce((sum, one) => sum + one.ahead, 0);
  if (ahead === 0) return [];
  const far = Math.max(...hours.map(({ aheadMs }) => aheadMs));
  const minutes = Math.round(far / 60_000);
  return [
    wrong(
      `source ${source}`,
      `${ahead} accesses are stamped up to ${minutes} minutes after they arrived: its clock or its time_zone is wrong`,
    ),
  ];
}

const hoursText = (ms: number): string =>
  ms < hourMs
    ? 'less than an hour'
    : ms < 48 * hourMs
      ? `${Math.round(ms / hourMs)} hours`
      : `${Math.round(ms / (24 * hourMs))} days`;

/** `mode` as stat(2) gives it. Secrets are their owner's alone. */
export function keyDiagnosis(file: string, mode: number | undefined): Diagnosis {
  if (mode === undefined)
    return wrong(`key ${file}`, 'is not there: what it opens or signs is lost without a copy of it');
  const open = mode & 0o077;
  return open === 0
    ? fine(`key ${file}`, 'is there, for its owner alone')
    : wrong(
        `key ${file}`,
        `can be read by others (mode ${(mode & 0o777).toString(8)}): chmod 600 it, and take it for known`,
      );
}

const dayMs = 24 * hourMs;
const certificateDaysSoon = 30;
const certificateDaysLate = 7;

/** Brokers let nobody in by a certificate that is over, and everything waits then. */
export function certificateDiagnosis(file: string, validTo: Instant, now: Instant): Diagnosis {
  const about = `certificate ${file}`;
  const days = Math.floor((validTo - now) / dayMs);
  const remedy = 'cordon keys issue-certificate makes another';
  if (validTo <= now) return wrong(about, `is over since ${hoursText(now - validTo)}: ${remedy}`);
  if (days < certificateDaysLate) return wrong(about, `is over in ${hoursText(validTo - now)}: ${remedy}`);
  return days < certificateDaysSoon
    ? notice(about, `is over in ${days} days: ${remedy}`)
    : fine(about, `holds for ${days} days`);
}

/** A lander may be of some clients only, so what it does not see is a fault only where it sees nothing. */
export function topicsDiagnosis(
  about: string,
  {
    user,
    wanted,
    missing,
    collectsOnly,
  }: { user: string | undefined; wanted: number; missing: readonly string[]; collectsOnly: boolean },
): Diagnosis {
  const who = user === undefined ? 'this machine is let in' : `${user} is let in`;
  if (missing.length === 0) return fine(about, `${who}; ${wanted} topics are there for it`);
  const some = `${missing.slice(0, 3).join(', ')}${missing.length > 3 ? ` and ${missing.length - 3} more` : ''}`;
  const says = `${who}, but ${some} ${missing.length === 1 ? 'is' : 'are'} not there for it: see cordon topics apply --dry-run, cordon acls`;
  return collectsOnly || missing.length === wanted ? wrong(about, says) : notice(about, says);
}

/** Of a source that is configured here: what it still sends is refused. */
export const revokedDiagnosis = (source: string, at: string): Diagnosis =>
  notice(
    `source ${source}`,
    `its key was revoked at ${at}: nothing lands that it signs; cordon keys rotate-collector ${source} lets it in again`,
  );

export function roomDiagnosis(folder: string, freeBytes: number, sizeBytes: number, freeBytesMin: number): Diagnosis {
  const free = `${(freeBytes / 1e9).toFixed(1)} GB are free`;
  if (freeBytes < freeBytesMin) return wrong(`disk ${folder}`, `${free}: too little, sources wait; make room`);
  if (freeBytes < roomShareMin * sizeBytes) return notice(`disk ${folder}`, `${free}, less than a tenth`);
  return fine(`disk ${folder}`, free);
}

export function spoolDiagnosis(waitingBytes: number, waitingBytesMax: number): Diagnosis {
  const says = `${(waitingBytes / 1e6).toFixed(1)} MB wait to be landed`;
  if (waitingBytes >= 0.9 * waitingBytesMax) return wrong('spool', `${says}: nearly full; see why nothing takes them`);
  return waitingBytes > 0.25 * waitingBytesMax ? notice('spool', says) : fine('spool', says);
}

/** Refused batches that are kept here. When there is no room for more, they wait in the spool. */
export function deadDiagnosis(
  { batches, bytes }: { readonly batches: number; readonly bytes: number },
  { batchesMax, bytesMax }: { readonly batchesMax: number; readonly bytesMax: number },
): Diagnosis[] {
  const share = Math.max(batches / batchesMax, bytes / bytesMax);
  if (share < 0.9) return [];
  const says = `${batches} of at most ${batchesMax}, ${(bytes / 1e6).toFixed(1)} MB of ${(bytesMax / 1e6).toFixed(0)}`;
  return [
    wrong('dead letters', `${says}: when they are full, refused batches stay in the spool; see cordon replay-dead`),
  ];
}

/** `last`: when the newest checkpoint was made; `undefined`: none. `runsSince`: `undefined` while nothing runs. */
export function checkpointDiagnosis(
  last: Instant | undefined,
  {
    now,
    everyMs,
    runsSince,
    folder,
  }: { now: Instant; everyMs: number; runsSince: Instant | undefined; folder: string | undefined },
): Diagnosis[] {
  const age = last === undefined ? undefined : now - last;
  // Whoever has just started has not come to its first yet.
  const settled = runsSince !== undefined && now - runsSince > 2 * everyMs;
  const late = settled && (age === undefined || age > 2 * everyMs);
  const when = age === undefined ? 'none was made yet' : `the last is ${Math.round(age / 60_000)} minutes old`;
  return [
    late ? wrong('checkpoints', `${when}, although Cordon runs: see its log`) : fine('checkpoints', when),
    ...(folder === undefined
      ? [notice('checkpoints', 'are kept nowhere but here: set checkpoints.folder to a place others look after')]
      : []),
  ];
}

/** `limitDays`: an older flight says little of today. */
export function lastCanaryDiagnosis(flight: Flight | undefined, now: Instant, limitDays: number): Diagnosis {
  if (!flight) return notice('canary', 'none was ever sent through: cordon doctor --canary');
  const ageMs = now - Date.parse(flight.at);
  const lost = flight.sources.filter(({ minutes, unable }) => minutes === undefined && unable === undefined);
  const says = `the last one flew ${hoursText(ageMs)} ago`;
  if (lost.length > 0)
    return wrong('canary', `${says}; it did not come through ${lost.map(({ source }) => source).join(', ')}`);
  const slowest = Math.max(0, ...flight.sources.map(({ minutes = 0 }) => minutes));
  const whole = `${says}, from act to candidate in ${slowest.toFixed(2)} minutes at most`;
  return ageMs > limitDays * 24 * hourMs ? notice('canary', `${whole}: cordon doctor --canary`) : fine('canary', whole);
}

/** One line for each source, and one for all detectors that are as they should be. */
export function canaryDiagnoses({ sources, detectors }: Flight): Diagnosis[] {
  const flown = sources.map(({ source, minutes, unable }) => {
    const about = `canary ${source}`;
    if (unable !== undefined) return notice(about, unable);
    return minutes === undefined
      ? wrong(
          about,
          'a record of its format did not become a candidate: see time_zone, prefix and the like of this source',
        )
      : fine(about, `${minutes.toFixed(2)} minutes from act to candidate`);
  });
  const silent = detectors.filter(({ is }) => is === 'silent');
  const off = detectors.filter(({ is }) => is === 'off').map(({ detector }) => detector);
  return [
    ...flown,
    ...silent.map(({ detector }) =>
      wrong(`canary ${detector}`, 'does not speak of its own example with the settings it was given'),
    ),
    ...(off.length > 0 ? [notice('canary detectors', `turned off by the rules: ${off.join(', ')}`)] : []),
    fine('canary detectors', `${detectors.length - silent.length - off.length} speak of their own examples`),
  ];
}

/** A line for each hold that is in force: who was told to keep what, and until when. */
export function holdDiagnoses(
  holds: readonly Hold[],
  { legal_hold, file }: Pick<Config, 'legal_hold' | 'file'>,
  now: Instant,
): Diagnosis[] {
  return [
    ...holds
      .filter((hold) => inForce(hold, now))
      .map(({ hold, tenant, why, until, by }) =>
        notice(
          `client ${tenant}`,
          `held (${hold}) ${until === undefined ? 'until lifted' : `until ${until}`} by ${by}: ${why}`,
        ),
      ),
    ...legal_hold.map((tenant) => notice(`client ${tenant}`, `held by legal_hold in ${file}, without dates`)),
  ];
}
