import { describe, expect, test } from '@jest/globals';
import { csvlog, type Frame, type Framing, lines, recordBytesMax, tabContinued } from '../../ingest/frame.ts';

const text = (frames: readonly Frame[]) => frames.map(({ raw }) => raw.toString('latin1'));

/** Everything a framing makes of the bytes, fed in chunks of one size, from one offset. */
function cut(framing: Framing, bytes: Buffer, chunkBytes: number, from = 0): Frame[] {
  const framer = framing(from);
  const frames: Frame[] = [];
  for (let at = from; at < bytes.length; at += chunkBytes)
    frames.push(...framer.push(bytes.subarray(at, at + chunkBytes)));
  return [...frames, ...framer.end()];
}

const row = (message: string) =>
  `2026-03-04 09:15:02.123 UTC,ana,practice,1,10.0.0.7:5,s,1,SELECT,2026-03-04 09:14:58 UTC,36/1,0,LOG,00000,"${message}",,,,,,,,,psql,client backend,,0`;
const rows = [row('one'), row('two\n with ""a,b""\n\n lines'), row('three')];

const kinds: readonly [string, Framing, string][] = [
  ['lines', lines, 'a\nbb\r\n\nccc'],
  ['tabContinued', tabContinued, 'a\n\tb\n\t\nc\nd\n\te'],
  ['csvlog', csvlog, `${rows.join('\n')}\n`],
];

describe.each(kinds)('%s', (_, framing, source) => {
  const bytes = Buffer.from(source);
  const whole = cut(framing, bytes, bytes.length);

  test('cuts the same wherever the chunks end', () => {
    for (let size = 1; size < bytes.length; size += 1) {
      expect(cut(framing, bytes, size)).toEqual(whole);
    }
  });

  test('a frame is exactly the bytes at its offset', () => {
    for (const { raw, offset } of whole) expect(bytes.subarray(offset, offset + raw.length).equals(raw)).toBe(true);
  });

  test('a restart at what is not yet pending gives the rest, whatever byte the end came at', () => {
    for (let size = 1; size < bytes.length; size += 1) {
      const framer = framing(0);
      const before = framer.push(bytes.subarray(0, size));
      const resumed = size - framer.pending;
      expect([...before, ...cut(framing, bytes, 7, resumed)]).toEqual(whole);
    }
  });
});

describe('lines', () => {
  test('keep the carriage return, and a blank line is a record', () => {
    expect(text(cut(lines, Buffer.from('a\r\n\nb'), 64))).toEqual(['a\r', '', 'b']);
  });

  test('a last line without its newline waits while the source is only quiet', () => {
    const framer = lines(0);
    expect(text(framer.push(Buffer.from('a\nb')))).toEqual(['a']);
    expect(framer.idle()).toEqual([]);
    expect(framer.pending).toBe(1);
    expect(text(framer.push(Buffer.from('c\n')))).toEqual(['bc']);
    expect(framer.pending).toBe(0);
  });

  test('1.2 MB is one record, in any chunks', () => {
    const long = Buffer.from(`${'A'.repeat(1_200_000)}\nb\n`);
    expect(cut(lines, long, 65_536).map(({ raw, torn }) => [raw.length, torn])).toEqual([
      [1_200_000, undefined],
      [1, undefined],
    ]);
  });

  test.each([65_536, 64 * 1024 * 1024])(
    'a line longer than a record comes in torn pieces and loses nothing (chunks of %i)',
    (size) => {
      const long = Buffer.from(`${'A'.repeat(2 * recordBytesMax + 5)}\nb\n`);
      const frames = cut(lines, long, size);
      expect(frames.map(({ raw, torn }) => [raw.length, torn !== undefined])).toEqual([
      [recordBytesMax, true], [recordBytesMax, true], [5, true], [1, false],
    ]); // biome-ignore format: a table
      expect(frames.map(({ offset }) => offset)).toEqual([
        0,
        recordBytesMax,
        2 * recordBytesMax,
        2 * recordBytesMax + 6,
      ]);
    },
  );

  test('never hold back more than a record may have', () => {
    const framer = lines(0);
    const chunk = Buffer.alloc(1024 * 1024, 65);
    for (let i = 0; i < 12; i += 1) {
      framer.push(chunk);
      expect(framer.pending).toBeLessThanOrEqual(recordBytesMax);
    }
  });

  test('does not copy a line that lies in one chunk', () => {
    const chunk = Buffer.from('abc\ndef\n');
    const [first] = lines(0).push(chunk);
    expect(first?.raw.buffer).toBe(chunk.buffer);
  });
});

describe('tabContinued', () => {
  test('a record is complete when the next begins, or when the source is quiet', () => {
    const framer = tabContinued(0);
    expect(framer.push(Buffer.from('a\n\tb\n'))).toEqual([]);
    expect(framer.pending).toBe(5);
    expect(text(framer.push(Buffer.from('c\n')))).toEqual(['a\n\tb']);
    expect(text(framer.idle())).toEqual(['c']);
    expect(framer.pending).toBe(0);
  });

  test('a quiet source keeps the part of a line back', () => {
    const framer = tabContinued(0);
    framer.push(Buffer.from('a\n\tb'));
    expect(text(framer.idle())).toEqual(['a']);
    expect(framer.pending).toBe(2);
  });

  test('an orphan is a record of its own', () => {
    expect(text(cut(tabContinued, Buffer.from('\ta\nb\n'), 64))).toEqual(['\ta', 'b']);
  });
});

describe('csvlog', () => {
  /** Cut just inside the quotes. */
  const short = row('x').slice(0, row('x').indexOf('"') + 2);
  const torn = (frames: readonly Frame[]) => frames.map((frame) => (frame.torn === undefined ? 'whole' : 'torn'));

  test('a row cut inside quotes does not swallow the good ones after it', () => {
    const frames = cut(csvlog, Buffer.from(`${short}\n${rows.join('\n')}\n`), 100);
    expect(torn(frames)).toEqual(['torn', 'whole', 'whole', 'whole']);
    expect(text(frames)).toEqual([short, ...rows]);
  });

  test('several cut rows, one after the other, are each torn alone', () => {
    const source = [short, short, rows[0], short, rows[1]].join('\n');
    expect(torn(cut(csvlog, Buffer.from(source), 100))).toEqual(['torn', 'torn', 'whole', 'torn', 'whole']);
  });

  test('rows without quotes after a cut one are given back at the end at the latest', () => {
    const frames = cut(csvlog, Buffer.from('a,"b\nc,d\ne,f\n'), 4);
    expect(text(frames)).toEqual(['a,"b', 'c,d', 'e,f']);
    expect(torn(frames)).toEqual(['torn', 'whole', 'whole']);
  });

  test('quotes that close after too few columns are a cut row, not a record of two lines', () => {
    expect(torn(cut(csvlog, Buffer.from('a,"b\nc",d\n'), 64))).toEqual(['torn', 'torn']);
  });

  test('a quiet source keeps an open row back', () => {
    const framer = csvlog(0);
    const open = `${row('x\ny').split('\n')[0]}\n`;
    expect(framer.push(Buffer.from(open))).toEqual([]);
    expect(framer.idle()).toEqual([]);
    expect(framer.pending).toBe(open.length);
  });
});

test.each([
  ['lines', lines, 'one\ntwo\n', 5],
  ['lines that a tab continues', tabContinued, 'one\n\tmore\ntwo\n', 9],
  ['csvlog', csvlog, 'one,"a\nb\nc"\ntwo\n', 9],
] as const)('%s: what is held back outlives its chunk once it was kept', (_, framing, text, cut) => {
  const whole = Buffer.from(text);
  const plain = framing(0);
  const expected = [...plain.push(whole), ...plain.end()].map(({ raw }) => String(raw));
  const kept = framing(0);
  const chunk = Buffer.alloc(64);
  const records: string[] = [];
  for (const part of [whole.subarray(0, cut), whole.subarray(cut)]) {
    part.copy(chunk);
    records.push(...kept.push(chunk.subarray(0, part.length)).map(({ raw }) => String(raw)));
    kept.keep();
    chunk.fill('#');
  }
  records.push(...kept.end().map(({ raw }) => String(raw)));
  expect(records).toEqual(expected);
});
