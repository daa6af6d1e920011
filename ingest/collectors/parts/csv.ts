/** One CSV record cut into columns without copying any (RFC 4180, as PostgreSQL writes it). */

export interface Columns {
  /** Cuts `text` from `from`; the number of columns, or -1 when it breaks the rules of quoting. */
  readonly cut: (text: string, from: number) => number;
  /** A column's value; empty when there is none. */
  readonly value: (column: number) => string;
}

/** Reused for every record of a parser: it remembers positions of the last text cut. */
export function createColumns(columnsMax: number): Columns {
  const starts = new Int32Array(columnsMax);
  const ends = new Int32Array(columnsMax);
  const doubled = new Uint8Array(columnsMax);
  let cutText = '';
  let count = 0;

  function cut(text: string, from: number): number {
    cutText = text;
    count = 0;
    for (let at = from; ; at += 1) {
      if (count === columnsMax) return -1;
      doubled[count] = 0;
      const first = text.charCodeAt(at);
      if (first === 44) {
        // Most columns of a csvlog row are empty: no search for those.
        starts[count] = at;
        ends[count] = at;
        count += 1;
      } else if (first === 34) {
        starts[count] = at + 1;
        let close = text.indexOf('"', at + 1);
        while (close !== -1 && text.charCodeAt(close + 1) === 34) {
          doubled[count] = 1;
          close = text.indexOf('"', close + 2);
        }
        if (close === -1) return -1;
        ends[count] = close;
        at = close + 1;
        count += 1;
        if (at >= text.length) return count;
        if (text.charCodeAt(at) !== 44) return -1;
      } else {
        const comma = text.indexOf(',', at);
        const end = comma === -1 ? text.length : comma;
        starts[count] = at;
        ends[count] = end;
        count += 1;
        if (comma === -1) return count;
        at = comma;
      }
    }
  }

  function value(column: number): string {
    if (column >= count) return '';
    const text = cutText.slice(starts[column], ends[column]);
    return doubled[column] === 1 ? text.replaceAll('""', '"') : text;
  }

  return { cut, value };
}
