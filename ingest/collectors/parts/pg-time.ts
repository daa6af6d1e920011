/** PostgreSQL's log times: `2026-03-04 09:15:02.123 CET`, the zone an abbreviation or a number. */
import type { Instant } from '../../../core/types.ts';
import { localStamp, type Stamp } from './stamp.ts';
import type { Zone } from './zone.ts';

const hour = 3_600_000;

/**
 * Abbreviations that mean one offset wherever a server is likely to write them (PostgreSQL's own `Default` set has the
 * same choices). With `time_zone` configured that zone decides instead, since EST is also Australia's and CST China's.
 */
const offsets: ReadonlyMap<string, number> = new Map([
  ['GMT', 0],
  ['WET', 0],
  ['Z', 0],
  ['BST', hour],
  ['WEST', hour],
  ['CET', hour],
  ['MET', hour],
  ['CEST', 2 * hour],
  ['MEST', 2 * hour],
  ['EET', 2 * hour],
  ['SAST', 2 * hour],
  ['EEST', 3 * hour],
  ['MSK', 3 * hour],
  ['JST', 9 * hour],
  ['KST', 9 * hour],
  ['AWST', 8 * hour],
  ['AEST', 10 * hour],
  ['AEDT', 11 * hour],
  ['NZST', 12 * hour],
  ['NZDT', 13 * hour],
  ['AST', -4 * hour],
  ['ADT', -3 * hour],
  ['EST', -5 * hour],
  ['EDT', -4 * hour],
  ['CST', -6 * hour],
  ['CDT', -5 * hour],
  ['MST', -7 * hour],
  ['MDT', -6 * hour],
  ['PST', -8 * hour],
  ['PDT', -7 * hour],
  ['AKST', -9 * hour],
  ['AKDT', -8 * hour],
  ['HST', -10 * hour],
]);

const noStamp: Stamp = { at: Number.NaN, end: 0 };

function wordEnd(text: string, from: number): number {
  let end = from;
  for (; end < text.length; end += 1) {
    const code = text.charCodeAt(end);
    const letter = (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
    const number = end > from && ((code >= 48 && code <= 57) || code === 58);
    const sign = end === from && (code === 43 || code === 45);
    if (sign) continue;
    const first = text.charCodeAt(from);
    if (first === 43 || first === 45 ? !number : !letter) break;
  }
  return end;
}

export function pgStamp(text: string, from: number, zone: Zone | undefined, seenAt: Instant): Stamp {
  const { at, end } = localStamp(text, from);
  if (Number.isNaN(at) || text.charCodeAt(end) !== 32) return noStamp;
  const begin = end + 1;
  if (text.startsWith('UTC', begin)) return { at, end: begin + 3 };
  const last = wordEnd(text, begin);
  const name = text.slice(begin, last);
  const sign = name.charCodeAt(0);
  if (sign === 43 || sign === 45) {
    const match = /^[+-](\d\d):?(\d\d)?$/.exec(name);
    if (match === null) return noStamp;
    const offset = Number(match[1]) * hour + Number(match[2] ?? 0) * 60_000;
    return { at: sign === 45 ? at + offset : at - offset, end: last };
  }
  if (zone !== undefined && name !== '' && name !== 'GMT') return { at: zone.toUtc(at, seenAt), end: last };
  const offset = offsets.get(name);
  return offset === undefined ? noStamp : { at: at - offset, end: last };
}
