/**
 * For each collector, every `*.log` in the folder of its name must give exactly the `*.golden.json` beside it, with the
 * settings of the `*.settings.json` beside it, where there is one. The records are written from the vendors' documentation.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { Ignored, noSettings, read, Unreadable } from '../../../ingest/collector.ts';
import { collectors } from '../../../ingest/collectors/index.ts';
import { createFoldMemory, fold } from '../../../ingest/fold.ts';

const update = process.env['UPDATE_GOLDEN'] === '1';
const seenAtUsual = '2026-03-04T20:00:00.000Z';

const jsonOf = (path: URL): Record<string, string> => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {});

describe.each(collectors)('$name', (collector) => {
  const folder = new URL(`./${collector.name}/`, import.meta.url);
  const inputs = readdirSync(folder).filter((file) => file.endsWith('.log'));

  const run = (file: string) => {
    const { seenAt = seenAtUsual, ...own } = jsonOf(new URL(file.replace('.log', '.settings.json'), folder));
    const settings = { ...noSettings, ...own };
    const parser = collector.open(settings);
    const framer = collector.framing(settings)(0);
    const bytes = readFileSync(new URL(file, folder));
    return [...framer.push(bytes), ...framer.end()].map(({ raw, offset, torn }) => {
      const parsed = torn === undefined ? read(parser, raw, Date.parse(seenAt)) : new Unreadable(torn);
      if (parsed === undefined || parsed instanceof Ignored) return { offset, ignored: true };
      if (parsed instanceof Unreadable) return { offset, unreadable: parsed.reason };
      return { offset, reading: { ...parsed, at: new Date(parsed.at).toISOString() } };
    });
  };

  test('has examples', () => expect(inputs).not.toEqual([]));

  test.each(inputs)('%s', (file) => {
    const actual = run(file);
    const golden = new URL(file.replace('.log', '.golden.json'), folder);
    if (update) writeFileSync(golden, `${JSON.stringify(actual, null, 1)}\n`);
    expect(JSON.parse(JSON.stringify(actual))).toEqual(JSON.parse(readFileSync(golden, 'utf8')));
  });

  test('gives every reading the same properties in the same order', () => {
    const shapes = inputs
      .flatMap(run)
      .flatMap((result) => (result.reading ? [Object.keys(result.reading).join()] : []));
    expect(new Set(shapes).size).toBe(1);
  });

  test('folds its examples without losing one', () => {
    for (const file of inputs) {
      const readings = run(file).flatMap(({ reading }) =>
        reading ? [{ ...reading, at: Date.parse(reading.at) }] : [],
      );
      const folded = fold(
        readings.map((reading) => ({ reading, raw: Buffer.alloc(0) })),
        createFoldMemory(),
      );
      expect(folded.flatMap(({ items }) => items)).toHaveLength(readings.length);
    }
  });
});
