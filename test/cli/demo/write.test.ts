import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { brokenCount } from '../../../cli/demo/trouble.ts';
import { writeDemoFirm } from '../../../cli/demo/write.ts';
import { strangersOf } from '../../../core/fact-lines.ts';
import { firmInAFolder, freshFolder } from './firm-in-a-folder.ts';

/** A weekday, a Monday morning, a weekend, both changes of the clocks, the turn of a year. */
const nows = [
  '2026-11-05T14:00:00Z',
  '2026-11-02T09:00:00Z',
  '2026-11-21T10:13:00Z',
  '2026-03-29T05:00:00Z',
  '2026-11-01T06:30:00Z',
  '2026-01-01T00:30:00Z',
];

describe.each(nows)('a firm written at %s', (iso) => {
  const now = Date.parse(iso);
  let firm: Awaited<ReturnType<typeof firmInAFolder>>;
  beforeAll(async () => {
    firm = await firmInAFolder(now);
  });
  const count = (actor: string, tenant: string, action: string) =>
    firm.accesses.filter((one) => one.actor === actor && one.tenant === tenant && one.action === action);

  test('every record is read but the broken ones', () => {
    expect(firm.rejects).toHaveLength(brokenCount);
    const records = firm.firm.files.map(({ source, records }) => [source, records]);
    expect([...firm.frames]).toEqual(records);
    expect(firm.played).toBe([...firm.frames.values()].reduce((a, b) => a + b, 0));
  });

  test('every access has a person or service, and all but four a client', () => {
    expect(firm.accesses.filter(({ actor }) => actor === undefined)).toEqual([]);
    expect(firm.accesses.filter(({ tenant }) => tenant === '_unattributed')).toHaveLength(4);
    expect(new Set(firm.accesses.map(({ id }) => id)).size).toBe(firm.accesses.length);
  });

  test('a few thousand records, none of them later than now', () => {
    expect(firm.played).toBeGreaterThan(3_000);
    expect(firm.played).toBeLessThan(8_000);
    expect(firm.accesses.filter(({ at }) => Date.parse(at) > now)).toEqual([]);
  });

  test('what nothing explained at the time is the trouble and no more', () => {
    const unexplained = firm.accesses.filter((one) => firm.explained(one, Date.parse(one.at)) === undefined);
    expect([...new Set(unexplained.map(({ actor, tenant }) => `${actor} ${tenant}`))].sort()).toEqual([
      'imogen.vale pallas_robotics',
      'owen.pritchard _unattributed',
      'pieter.osborn northgate_clinics',
      'tomas.reiner kestrel_pharma',
    ]);
  });

  test('the trouble has the numbers that the story tells', () => {
    expect(count('tomas.reiner', 'kestrel_pharma', 'read')).toHaveLength(46);
    expect(count('imogen.vale', 'copperfield_energy', 'download').length).toBeGreaterThanOrEqual(58);
    expect(count('imogen.vale', 'pallas_robotics', 'download')).toHaveLength(22);
    const early = count('pieter.osborn', 'northgate_clinics', 'read');
    expect(new Set(early.map(({ object }) => object)).size).toBe(18);
  });

  test('it happens at night where the person is', () => {
    const hours = count('tomas.reiner', 'kestrel_pharma', 'read').map(({ at }) =>
      Number(new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/London', hour: 'numeric' }).format(new Date(at))),
    );
    expect([...new Set(hours)]).toEqual([2]);
  });

  test('the late assignment explains afterwards what it did not explain then', () => {
    const [first] = count('pieter.osborn', 'northgate_clinics', 'read');
    const later = now + 3_600_000;
    expect(first && firm.explainedWithLateFact(first, Date.parse(first.at))).toBeUndefined();
    expect(first && firm.explainedWithLateFact(first, now)).toBeUndefined();
    expect(first && firm.explainedWithLateFact(first, later)).toBe('assignment');
  });

  test('the ticket, the cover and the backup are explained', () => {
    const kinds = (actor: string, tenant: string) =>
      new Set(count(actor, tenant, 'read').map((one) => firm.explained(one, Date.parse(one.at))));
    expect(kinds('gareth.moss', 'kestrel_pharma')).toEqual(new Set(['ticket']));
    expect(kinds('callum.reyes', 'kestrel_pharma').has(undefined)).toBe(false);
    expect(kinds('svc-backup', 'pallas_robotics')).toEqual(new Set(['service_job']));
  });

  test('the facts speak of nobody the directory does not know, and none was recorded after now', () => {
    expect(firm.facts.flatMap((fact) => strangersOf(fact, firm.directory))).toEqual([]);
    expect(firm.facts.filter(({ recordedAt }) => recordedAt > now)).toEqual([]);
  });
});

/** One digest of all files below a folder. */
function digestOf(folder: string): string {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  const digest = createHash('sha256');
  for (const name of names) {
    const path = join(folder, name);
    if (statSync(path).isFile()) digest.update(name).update(readFileSync(path));
  }
  return digest.digest('hex');
}

test('the same seed and time give the same bytes, another seed gives others', () => {
  const now = Date.parse(nows[0] ?? '');
  const [a, b, c] = [1, 1, 2].map((seed) => {
    const folder = freshFolder();
    writeDemoFirm(folder, { seed, now });
    return digestOf(folder);
  });
  expect(b).toBe(a);
  expect(c).not.toBe(a);
});
