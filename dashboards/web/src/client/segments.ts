/** Which stretches of a raw record became which field of its reading. Pure. */
import type { ReadingField } from '../../../server/api.ts';

export interface Segment {
  readonly text: string;
  /** The field that was read from here. */
  readonly field?: ReadingField | undefined;
}

/** Our own words for what the record says; where they stand in it, they stand by chance. */
const ours = new Set(['at', 'action', 'outcome', 'object_kind']);
/** Shorter values would be found by chance too. */
const lengthMin = 2;

/** The first place each value stands at, the longest values first; a place is taken once. A backslash may stand doubled, as JSON writes it. */
export function segments(raw: string, reading: readonly ReadingField[]): Segment[] {
  const taken: { begin: number; end: number; field: ReadingField }[] = [];
  const fields = reading.filter(
    ({ name, from, value }) => from === 'record' && !ours.has(name) && value.length >= lengthMin,
  );
  for (const field of fields.toSorted((a, b) => b.value.length - a.value.length)) {
    for (const form of [field.value, field.value.replaceAll('\\', '\\\\')]) {
      const begin = firstFree(raw, form, taken);
      if (begin < 0) continue;
      taken.push({ begin, end: begin + form.length, field });
      break;
    }
  }
  taken.sort((a, b) => a.begin - b.begin);
  const found: Segment[] = [];
  let at = 0;
  for (const { begin, end, field } of taken) {
    if (begin > at) found.push({ text: raw.slice(at, begin) });
    found.push({ text: raw.slice(begin, end), field });
    at = end;
  }
  if (at < raw.length) found.push({ text: raw.slice(at) });
  return found;
}

function firstFree(raw: string, value: string, taken: readonly { begin: number; end: number }[]): number {
  let begin = raw.indexOf(value);
  while (begin >= 0 && taken.some((t) => begin < t.end && begin + value.length > t.begin)) {
    begin = raw.indexOf(value, begin + 1);
  }
  return begin;
}
