/**
 * Whether every line of a batch is of its tenant and its own source and says that it lies there, before anything of it is stored. The table's
 * constraint would refuse another tenant's as well, but only after the sealed batch is there for this tenant's readers; and by
 * where a line says it lies, the lander knows what of which collector is stored already (present.ts).
 * Readers fold what one source said twice: with a source that is another's name, a collector could hide what that one says.
 */
import type { BatchHeader } from '../core/types.ts';

/** Where `"tenant":` stands in every line that our collectors write: after an id and two times of fixed length. */
const tenantAt = `{"id":"${'0'.repeat(32)}","at":"2026-03-04T09:15:02.000Z","seen_at":"2026-03-04T09:15:02.000Z",`
  .length;

/** A sentence's rest about the first line that is foreign or no access at all; `undefined` if there is none. */
export function foreignLine(lines: Buffer, { tenant, collector, seq }: BatchHeader): string | undefined {
  const wanted = Buffer.from(`"tenant":${JSON.stringify(tenant)},"source":${JSON.stringify(collector)},`);
  const place = `"collector":${JSON.stringify(collector)},"seq":${seq},"index":`;
  for (let begin = 0, index = 0; begin < lines.length; index += 1) {
    const end = lines.indexOf(10, begin) + 1 || lines.length;
    const at = begin + tenantAt;
    const last = `${place}${index}}\n`;
    const asExpected =
      at + wanted.length < end &&
      lines.compare(wanted, 0, wanted.length, at, at + wanted.length) === 0 &&
      lines.toString('latin1', Math.max(begin, end - last.length), end) === last;
    // Written by another hand, it is read as the store would read it.
    const wrong = asExpected
      ? undefined
      : wrongIn(lines.toString('utf8', begin, end), { tenant, collector, seq, index });
    if (wrong !== undefined) return wrong;
    begin = end;
  }
  return undefined;
}

type Place = Pick<BatchHeader, 'tenant' | 'collector' | 'seq'> & { readonly index: number };

function wrongIn(line: string, { tenant, collector, seq, index }: Place): string | undefined {
  let said: Partial<Record<keyof Place | 'source', unknown>>;
  try {
    said = Object(JSON.parse(line));
  } catch {
    return 'it holds a line that is no access';
  }
  if (said.tenant !== tenant) return 'it holds an access of another client';
  if (said.source !== collector) return 'it holds an access of another source';
  if (said.collector === collector && said.seq === seq && said.index === index) return undefined;
  return 'it holds an access that says it lies elsewhere';
}
