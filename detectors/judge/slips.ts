/** Which visits to an unexplained client look like a slip: minutes after work for a client of a similar name. */
import type { Directory } from '../../core/directory/directory.ts';
import type { Slip } from '../../core/firm-signs.ts';
import type { Ref, Spread } from '../../core/scene.ts';

const minuteMs = 60_000;
const withinMs = 10 * minuteMs;
/** More than that is no slip. */
const accessesMax = 5;
/** Letters that may differ. */
const lettersMax = 2;
const wordCharsMin = 4;

export function slipsOf(spread: readonly Spread[], { clients }: Directory): Slip[] {
  const nameOf = (tenant: string) => clients.get(tenant as never)?.name.toLowerCase();
  const open = spread.filter(({ unexplainedRefs: refs }) => refs.length > 0 && refs.length <= accessesMax);
  return open.flatMap(({ tenant, unexplainedRefs }): Slip[] => {
    const name = nameOf(tenant);
    const first = unexplainedRefs[0];
    if (name === undefined || !first) return [];
    for (const other of spread) {
      const beside = nameOf(other.tenant);
      if (other.tenant === tenant || beside === undefined || !alike(name, beside)) continue;
      const before = lastBefore(other, first);
      if (before)
        return [
          {
            tenant,
            beside: other.tenant,
            minutes: Math.ceil((first.at - before.at) / minuteMs),
            refs: unexplainedRefs,
          },
        ];
    }
    return [];
  });
}

/** Of that client's explained accesses, the last one shortly before. */
function lastBefore({ refs, unexplainedRefs }: Spread, { at }: Ref): Ref | undefined {
  const open = new Set(unexplainedRefs.map(({ id }) => id));
  return refs.findLast((ref) => ref.at <= at && at - ref.at <= withinMs && !open.has(ref.id));
}

/** The same first word, or names that differ in a letter or two. */
function alike(a: string, b: string): boolean {
  const [word = '', other = ''] = [a.split(' ')[0], b.split(' ')[0]];
  return (word === other && word.length >= wordCharsMin) || distance(a, b) <= lettersMax;
}

/** Levenshtein. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > lettersMax) return lettersMax + 1;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + same));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
