/** Sigma rules in a rules folder: refused with file, line and the thing; judged like other detectors. */
import { cpSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import type { Candidate } from '../../core/alert.ts';
import { packageRoot } from '../../core/package-root.ts';
import { folder } from '../helpers/folder.ts';
import { captured } from './captured.ts';

const smallFirm = fileURLToPath(new URL('examples/small-firm/', packageRoot));
const storeMsMax = 300_000;
const rule = (more: string, source = '{ product: windows, service: security }') =>
  `title: T\nid: r1\nlevel: high\nlogsource: ${source}\n${more}`;
const usual = 'detection: { selection: { EventID: 4663 }, condition: selection }';
const correlation = (more: string) => `${rule(usual)}\n---\ntitle: C\nid: c1\ncorrelation: { rules: [r1], ${more} }`;

/** Sigma rules, and tests of them beside: accesses of one associate at one client on one day. */
async function check(sigma: string, tests = '') {
  using place = folder();
  writeFileSync(place.file('s.yml'), sigma);
  writeFileSync(
    place.file('t.yaml'),
    `directory: { firm: { name: F }, clients: [{ id: acme, name: Acme Holdings }], people: [{ id: p1, name: P }] }\ntests: [${tests}]`,
  );
  return await captured(['rules', 'check', '.'], { cwd: place.path });
}

test.each([
  [
    rule('detection: { s: { EventID: 4624 }, condition: s }'),
    's.yml:5:28: detection.s.EventID: event 4624 is not read',
  ],
  [rule('detection: { s: { ObjctName: x }, condition: s }'), 'no field `ObjctName`; did you mean `ObjectName`?'],
  [
    rule('detection:\n  s: { ObjectName|expand: x }\n  condition: s'),
    's.yml:6:27: detection.s.ObjectName|expand: the modifier `expand`',
  ],
  [rule('detection: { s: { EventID: 4663 }, condition: s | count() > 3 }'), 'write a correlation rule'],
  [rule('detection: { s: { EventID: 4663 }, timeframe: 5m, condition: s }'), 'detection.timeframe: is not supported'],
  [rule('detection: { s: { EventID: 4663 } }'), 'detection.condition: is missing'],
  [rule(usual, '{ product: windows, service: sysmon }'), 'logsource windows/sysmon is not collected here'],
  [rule(usual, '{ category: process_creation, product: windows }'), 'logsource.category `process_creation`'],
  [rule(`${usual}\nlvel: high`), 's.yml:6:1: lvel: unknown key'],
  [rule(`${usual}\ntaxonomy: ours`), 'taxonomies other than sigma'],
  [
    correlation('type: event_cnt, group-by: [SubjectUserName], timespan: 1h, condition: { gte: 2 }'),
    'correlation.type: must be one of',
  ],
  [
    correlation('type: event_count, group-by: [ObjectName], timespan: 1h, condition: { gte: 2 }'),
    'must name the account',
  ],
  [
    correlation('type: event_count, group-by: [SubjectUserName], timespan: 2d, condition: { gte: 2 }'),
    'more than a day is not supported',
  ],
  [
    correlation('type: event_count, group-by: [SubjectUserName], timespan: 1h, condition: { lt: 2 }'),
    'needs gt, gte or eq',
  ],
  [
    correlation('type: value_count, group-by: [SubjectUserName], timespan: 1h, condition: { gte: 2 }'),
    'needs the `field`',
  ],
  [
    correlation('type: temporal, group-by: [SubjectUserName], timespan: 1h, within: x'),
    'correlation.within: is not supported',
  ],
  [
    correlation('type: temporal, group-by: [SubjectUserName], timespan: 1h').replace('[r1]', '[r2]'),
    'there is no rule `r2`',
  ],
  [
    correlation('type: temporal, group-by: [SubjectUserName], timespan: 1h').replace('[r1]', '[c1]'),
    'leads back to itself',
  ],
  [`${rule(usual)}\n---\n${rule(usual)}`, '`r1` is another rule’s id or name already'],
])('%s is refused', async (sigma, says) => {
  const { code, err } = await check(sigma);
  expect(err).toContain(says);
  expect(code).toBe(2);
});

const reads = (time: string, fields: string, more = '') =>
  `{ at: 2026-03-04T${time}Z, actor: p1, tenant: acme, source: windows-security, object: "/o{n}", record: { ${fields} } ${more} }`;
const expects = (accesses: string[], expected: string) =>
  `{ name: t, accesses: [${accesses.join(', ')}], expect: ${expected} }`;
const says = (id: string) => `[{ detector: "sigma:${id}", tenants: [acme], severity: high }]`;
const silent = (id: string) => `[{ detector: unexplained-access }], not: ["sigma:${id}"]`;

test.each([
  [[reads('10:00:00', 'EventID: 4663, ObjectName: "D:\\\\a.pst"')], says('r1')],
  [[reads('10:00:00', 'EventID: 4663, ObjectName: "D:\\\\a.txt"')], silent('r1')],
  [[reads('10:00:00', 'EventID: 4656, ObjectName: "D:\\\\a.pst"')], silent('r1')],
  [[reads('10:00:00', 'EventID: 4663, ObjectName: "D:\\\\Backup\\\\a.pst"')], silent('r1')],
])('a selection without what a filter takes out: %j is %s', async (accesses, expected) => {
  const sigma = rule(
    "detection:\n  selection: { EventID: 4663, ObjectName|endswith: ['.pst', '.ost'] }\n  filter_backup: { ObjectName|contains: '\\Backup\\' }\n  condition: selection and not 1 of filter_*",
  );
  expect(await check(sigma, expects(accesses, expected))).toMatchObject({ code: 0, out: '' });
});

const three = [
  'title: A\nid: a\nname: opened\nlogsource: { product: windows, service: security }\ndetection: { s: { EventID: 4663 }, condition: s }',
  'title: B\nid: b\nname: rights\nlogsource: { product: windows, service: security }\ndetection: { s: { EventID: 4670 }, condition: s }',
].join('\n---\n');
const of = (body: string) => `${three}\n---\ntitle: C\nid: c\nlevel: high\ncorrelation: { ${body} }`;
const opened = (time: string, user = 'ana', object = 'o') =>
  reads(time, `EventID: 4663, SubjectUserName: ${user}, ObjectName: ${object}`);
const granted = (time: string) => reads(time, 'EventID: 4670, SubjectUserName: ana, ObjectName: o');
const count = of(
  'type: event_count, rules: [opened], group-by: [SubjectUserName], timespan: 5m, condition: { gte: 3 }',
);
const values = of(
  'type: value_count, rules: [a], group-by: [SubjectUserName], timespan: 5m, condition: { field: ObjectName, gte: 2 }',
);
const near = of('type: temporal, rules: [opened, rights], group-by: [SubjectUserName], timespan: 5m');
const ordered = of(
  'type: temporal_ordered, rules: [opened, rights], group-by: [SubjectUserName, where], timespan: 5m, aliases: { where: { opened: ObjectName, rights: ObjectName } }',
);
const chain = `${three}\n---\n${count.split('\n---\n')[2]?.replace('id: c\n', 'id: many\n')}\n---\ntitle: D\nid: c\nlevel: high\ncorrelation: { type: temporal_ordered, rules: [many, rights], group-by: [SubjectUserName], timespan: 10m }`;

test.each([
  ['three within five minutes', count, [opened('10:00:00'), opened('10:02:00'), opened('10:05:00')], says('c')],
  ['three within six', count, [opened('10:00:00'), opened('10:02:00'), opened('10:06:00')], silent('c')],
  ['three of two accounts', count, [opened('10:00:00'), opened('10:01:00'), opened('10:02:00', 'bo')], silent('c')],
  ['a rule that serves a correlation is silent itself', count, [opened('10:00:00')], silent('c')],
  ['two objects', values, [opened('10:00:00', 'ana', 'x'), opened('10:01:00', 'ana', 'y')], says('c')],
  ['one object twice', values, [opened('10:00:00', 'ana', 'x'), opened('10:01:00', 'ana', 'x')], silent('c')],
  ['both, in any order', near, [granted('10:00:00'), opened('10:01:00')], says('c')],
  ['both, too far apart', near, [granted('10:00:00'), opened('10:06:00')], silent('c')],
  ['in order', ordered, [opened('10:00:00'), granted('10:01:00')], says('c')],
  ['the other way round', ordered, [granted('10:00:00'), opened('10:01:00')], silent('c')],
  ['in order, of different objects', ordered, [opened('10:00:00', 'ana', 'x'), granted('10:01:00')], silent('c')],
  [
    'many, then rights',
    chain,
    [opened('10:00:00'), opened('10:01:00'), opened('10:02:00'), granted('10:08:00')],
    says('c'),
  ],
  [
    'rights, then many',
    chain,
    [granted('09:59:00'), opened('10:00:00'), opened('10:01:00'), opened('10:02:00')],
    silent('c'),
  ],
])('%s', async (_, sigma, accesses, expected) => {
  expect(await check(sigma, expects(accesses, expected))).toMatchObject({ code: 0, out: '' });
});

test(
  'over stored records: the rule sees the raw record, its finding joins the candidate and is kept with its client',
  async () => {
    using place = folder();
    cpSync(smallFirm, place.path, { recursive: true });
    writeFileSync(
      place.file('rules/samba.yml'),
      'title: Opened by the associate\nid: tom\nlevel: high\ntags: [attack.t1039]\nlogsource: { product: linux, service: samba }\ndetection: { keywords: ["|tfarrow|", "tfarrow|"], who: { user: tfarrow }, condition: all of them }',
    );
    const cordon = (...args: string[]) => captured(args, { cwd: place.path });
    await cordon('facts', 'import', 'facts.jsonl');
    await cordon('import', '--all', '--arrivals', 'arrivals.tsv');
    await cordon('judge');
    const said = (await cordon('alerts', '--candidates', '--json')).out.trimEnd().split('\n');
    const joined = said.map((line) => JSON.parse(line) as Candidate).filter((c) => c.detectors.includes('sigma:tom'));
    expect(joined.map(({ actor }) => actor)).toContain('tom.farrow');
    const birch = (await cordon('findings', '--tenant', 'birch', '--json')).out;
    expect(birch).toContain('"detector":"sigma:tom"');
    const alder = (await cordon('findings', '--tenant', 'alder', '--json')).out;
    expect(alder).not.toContain('"tenants":["birch"]');
    expect((await cordon('detectors', 'sigma:tom', '--json')).out).toContain('"attack":"T1039"');
  },
  storeMsMax,
);
