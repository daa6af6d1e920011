/** All proofs of one batch from one computed tree: `proofOf` would hash the whole tree again for every access. */
import { type Hash, nodeHash, rootOf } from '../core/merkle.ts';

/** Level 0 is the leaves, the last level the root alone; an odd last node rises unchanged. */
export function levelsOf(leaves: readonly Hash[]): readonly (readonly Hash[])[] {
  if (leaves.length === 0) return [[rootOf([])]];
  const levels: (readonly Hash[])[] = [leaves];
  let level = leaves;
  while (level.length > 1) {
    const above: Hash[] = [];
    for (let i = 0; i + 1 < level.length; i += 2) above.push(nodeHash(level[i] as Hash, level[i + 1] as Hash));
    if (level.length % 2 === 1) above.push(level[level.length - 1] as Hash);
    levels.push(above);
    level = above;
  }
  return levels;
}

export const topOf = (levels: readonly (readonly Hash[])[]): Hash => levels[levels.length - 1]?.[0] ?? '';

/** The siblings of leaf `index` on the way up, lowest first: what `proofOf(levels[0], index)` gives. */
export function pathOf(levels: readonly (readonly Hash[])[], index: number): Hash[] {
  const path: Hash[] = [];
  for (let height = 0; height + 1 < levels.length; height += 1) {
    const sibling = levels[height]?.[(index >> height) ^ 1];
    if (sibling !== undefined) path.push(sibling);
  }
  return path;
}
