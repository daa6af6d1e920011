/** Records of a source and what became of them: read = accessed + repeats + ignored + rejects. */
export interface SourceCounts {
  readonly read: number;
  readonly accessed: number;
  readonly repeats: number;
  readonly ignored: number;
  readonly rejects: number;
}

export const noCounts: SourceCounts = { read: 0, accessed: 0, repeats: 0, ignored: 0, rejects: 0 };

export function addCounts(a: SourceCounts, b: SourceCounts): SourceCounts {
  return {
    read: a.read + b.read,
    accessed: a.accessed + b.accessed,
    repeats: a.repeats + b.repeats,
    ignored: a.ignored + b.ignored,
    rejects: a.rejects + b.rejects,
  };
}
