/** Marks that would lie on one another become one mark with a number. Pure. */
export interface Cluster {
  readonly x: number;
  readonly count: number;
}

/** `xs` ascending, in pixels. A cluster stands at its middle and is at most `reach` wide, so a long run stays a run. */
export const clusters = (xs: readonly number[], reach: number): Cluster[] =>
  merged(
    xs.map((x) => ({ x, count: 1 })),
    reach,
  );

export function merged(marks: readonly Cluster[], reach: number): Cluster[] {
  const found: { first: number; last: number; count: number }[] = [];
  for (const { x, count } of marks) {
    const open = found.at(-1);
    if (open && x - open.first <= reach) {
      open.last = x;
      open.count += count;
    } else found.push({ first: x, last: x, count });
  }
  return found.map(({ first, last, count }) => ({ x: (first + last) / 2, count }));
}
