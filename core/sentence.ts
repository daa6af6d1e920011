/** How lists and ends of sentences for people are written. */

/** `a`, `a and b`, `a, b and c`, and beyond `namedMax` of them `a, b, c and 4 more`. */
export function listed(all: readonly string[], namedMax: number): string {
  const named = all.slice(0, namedMax);
  const rest = all.length - named.length;
  if (rest > 0) return `${named.join(', ')} and ${rest} more`;
  const last = named.pop() ?? '';
  return named.length === 0 ? last : `${named.join(', ')} and ${last}`;
}

/** With a full stop, unless it has its end. */
export const closed = (sentence: string): string => (/[.!?]$/.test(sentence) ? sentence : `${sentence}.`);
