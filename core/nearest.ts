/** The name somebody probably meant. */

/** Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours, each costing one. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (above[j - 1] ?? 0) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      }
      row.push(cost);
    }
    before = above;
    above = row;
  }
  return above[b.length] ?? 0;
}

const lengthMax = 64;

/** The nearest of `known`, if it is near enough to be meant: a third of the letters wrong, or one is the other's stem. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length > lengthMax) return undefined;
  const plain = word.toLowerCase().replaceAll('-', '_');
  let best: string | undefined;
  let bestCost = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const name of known) {
    if (name.length > lengthMax) continue;
    const stem = name.startsWith(`${plain}_`) || plain.startsWith(`${name}_`);
    const cost = stem ? 1 : distance(plain, name.toLowerCase().replaceAll('-', '_'));
    if (cost < bestCost) [best, bestCost] = [name, cost];
  }
  return best;
}
