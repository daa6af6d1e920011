import { cpSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { diffOf } from '../../cli/backtest.ts';
import type { Candidate } from '../../core/alert.ts';
import { packageRoot } from '../../core/package-root.ts';
import { folder } from '../helpers/folder.ts';
import { captured } from './captured.ts';

const smallFirm = fileURLToPath(new URL('examples/small-firm/', packageRoot));
const storeMsMax = 300_000;

const candidate = (id: string, score: number, detectors = ['surge']): Candidate => ({
  id,
  raised_at: '2026-03-04T12:00:00.000Z',
  day: '2026-03-04',
  actor: 'p1',
  tenants: ['acme'],
  detectors,
  score,
  severity: 'medium',
  because: [],
  accesses: [],
  unknown: [],
});

test('a difference names what came, what went and what changed, strongest first', () => {
  const before = [candidate('a', 2), candidate('b', 3), candidate('c', 4)];
  const after = [candidate('b', 3.5), candidate('c', 4), candidate('d', 1), candidate('e', 5)];
  const { added, gone, changed } = diffOf(before, after);
  expect(added.map(({ id }) => id)).toEqual(['e', 'd']);
  expect(gone.map(({ id }) => id)).toEqual(['a']);
  expect(changed.map((change) => [change.before.score, change.after.score])).toEqual([[3, 3.5]]);
});

test('a score that differs by rounding alone is the same; another detector is not', () => {
  expect(diffOf([candidate('a', 2)], [candidate('a', 2 + 1e-12)]).changed).toEqual([]);
  expect(diffOf([candidate('a', 2)], [candidate('a', 2, ['leaver'])]).changed).toHaveLength(1);
});

test(
  'other rules over the small firm: what they add, drop and change, as text and as JSON; nothing is kept',
  async () => {
    using place = folder();
    cpSync(smallFirm, place.path, { recursive: true });
    const cordon = (...args: string[]) => captured(args, { cwd: place.path });
    await cordon('facts', 'import', 'facts.jsonl');
    await cordon('import', '--all', '--arrivals', 'arrivals.tsv');
    await cordon('judge');
    const before = (await cordon('alerts', '--candidates', '--json')).out;
    const said = before
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Candidate);
    expect(said.length).toBeGreaterThan(0);

    expect((await cordon('backtest', '--with', 'rules')).out).toContain('0 added, 0 gone, 0 changed');

    writeFileSync(place.file('off.yaml'), 'detectors: { unexplained-access: { enabled: false, reason: a try } }');
    const off = await cordon('backtest', '--with', 'off.yaml', '--json');
    expect(off.code).toBe(1);
    const diff = JSON.parse(off.out) as { gone: Candidate[]; changed: { after: Candidate }[]; after: number };
    expect(diff.gone.length + diff.changed.length).toBeGreaterThan(0);
    const left = diff.changed.flatMap(({ after }) => after.detectors);
    expect(left).not.toContain('unexplained-access');

    writeFileSync(
      place.file('new.yaml'),
      'data: ./elsewhere\ndirectory: ./directory.yaml\nrules: ./off.yaml\nsources: {}',
    );
    expect(JSON.parse((await cordon('backtest', '--with', 'new.yaml', '--json')).out)).toEqual(diff);

    const text = (await cordon('backtest', '--with', 'off.yaml')).out;
    expect(text).toMatch(/^- 2026-03-\d\d {2}\d/m);
    expect((await cordon('alerts', '--candidates', '--json')).out).toBe(before);

    const [first] = said;
    expect((await cordon('alerts', 'close', first?.id ?? '', '--reason', 'looked fine')).code).toBe(2);
    expect((await cordon('alerts', 'close', first?.id ?? '', '--reason', 'policy: told off')).code).toBe(0);
    const tuned = JSON.parse((await cordon('tune', '--json')).out) as {
      precision: { firm: unknown[] };
      backtest: null;
    };
    expect(tuned.precision.firm).toContainEqual({ detector: first?.detectors[0], true: 1, false: 0 });
    expect(tuned.backtest).toBeNull();
    expect((await cordon('tune')).out).toContain('No setting is proposed');
    const listed = (await cordon('detectors', '--json')).out.trimEnd().split('\n');
    const lead = first?.detectors[0] ?? '';
    const { closings } = listed.map((line) => JSON.parse(line)).find(({ name }) => name === lead);
    expect(closings).toMatchObject({ true: 1, false: 0, duplicate: 0, precision: 1, n: 1 });
    expect(closings.candidates).toBe(said.filter(({ detectors }) => detectors.includes(lead)).length);
    const inWords = `${closings.candidates} candidates: 1 true, 0 false, ${closings.candidates - 1} not closed; precision 100 % of 1`;
    expect((await cordon('detectors')).out).toContain(inWords);
    expect((await cordon('detectors', lead)).out).toContain(`so far:       ${inWords}`);
    expect((await cordon('alerts', 'mute', first?.id ?? '', '--reason', 'r')).code).toBe(2);
    expect((await cordon('alerts', 'mute', first?.id ?? '', '--reason', 'r', '--until', '+30d')).code).toBe(0);
    expect((await cordon('alerts', '--json')).out).toContain('"state":"muted"');
  },
  storeMsMax,
);
