import { describe, expect, test } from '@jest/globals';
import type { Access } from '../../core/types.ts';
import { flushBytes } from '../../ingest/intake.ts';
import { Spool } from '../../ingest/spool.ts';
import { spoolLimits } from '../../ingest/spool-room.ts';
import { framesOf, intakeOf, sambaLine, sambaLines } from '../helpers/edge.ts';
import { folder } from '../helpers/folder.ts';
import { accessLines, checkRoot, rawRecords } from '../helpers/plain.ts';
import { rawOf } from '../helpers/raw-of.ts';

const seenAt = () => Date.parse('2026-03-04T12:00:00.000Z');
const batchesOf = (spool: Spool) => [...spool.waiting(0, 9_999)].map(({ batch }) => batch);
const accessesOf = (spool: Spool): Access[] =>
  batchesOf(spool).flatMap((batch) =>
    accessLines(batch)
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Access),
  );
const recordsOf = (spool: Spool) => batchesOf(spool).flatMap((batch) => rawRecords(batch).flat().map(String));

/** A record of Windows with the number the system gave it. */
const windows = (record: number, more: object = {}) =>
  JSON.stringify({
    '@timestamp': '2026-03-04T09:15:02.938Z',
    event: { code: '4663', outcome: 'success', provider: 'Microsoft-Windows-Security-Auditing' },
    host: { name: 'FS3' },
    winlog: {
      channel: 'Security',
      computer_name: 'FS3.firm.example',
      event_id: '4663',
      record_id: record,
      event_data: {
        SubjectUserName: 'achan',
        ObjectType: 'File',
        ObjectName: `D:\\Clients\\acme\\paper ${record}.docx`,
        AccessMask: '0x1',
        ...more,
      },
    },
  });

test('every record read is an access, a repeat, of no interest or a reject', async () => {
  using dir = folder();
  await using spool = new Spool(dir.path);
  const intake = intakeOf(spool);
  const [a, b, c] = [sambaLine(1), sambaLine(2), sambaLine(3, { client: 'globex' })];
  const close = a.replace('openat|ok|r|', 'close|ok|');
  const broken = Buffer.from([0x66, 0xff, 0xfe]);
  intake.take(framesOf([a, close, b, a, broken, 'not a record', c, broken]), 'a.log', seenAt);
  const counts = intake.flush({ name: 'tail/fs1', place: '1' });
  expect(counts).toEqual({ read: 8, accessed: 3, repeats: 2, ignored: 1, rejects: 2 });
  expect(spool.countsOf('fs1')).toEqual(counts);
  expect(spool.checkpoint('tail/fs1')).toBe('1');
  expect(accessesOf(spool).map(({ tenant, object, actor, seen_at }) => [tenant, object, actor, seen_at])).toEqual([
    ['acme', '/srv/clients/acme/paper 1.docx', 'p1', '2026-03-04T12:00:00.000Z'],
    ['acme', '/srv/clients/acme/paper 2.docx', 'p1', '2026-03-04T12:00:00.000Z'],
    ['globex', '/srv/clients/globex/paper 3.docx', 'p1', '2026-03-04T12:00:00.000Z'],
  ]);
  expect(recordsOf(spool)).toEqual([a, b, c]);
  for (const batch of batchesOf(spool)) expect(() => checkRoot(batch)).not.toThrow();
});

test('a flush of nothing new moves the checkpoint and makes no batch', async () => {
  using dir = folder();
  await using spool = new Spool(dir.path);
  const intake = intakeOf(spool);
  intake.take(framesOf([sambaLine(1)]), 'a.log', seenAt);
  intake.flush({ name: 'x', place: '1' });
  intake.take(framesOf([sambaLine(1)]), 'a.log', seenAt);
  expect(intake.flush({ name: 'x', place: '2' })).toEqual({ read: 1, accessed: 0, repeats: 1, ignored: 0, rejects: 0 });
  expect(spool.checkpoint('x')).toBe('2');
  expect(batchesOf(spool)).toHaveLength(1);
});

describe('a record said twice is counted as a repeat', () => {
  test('in one chunk, across chunks, across flushes and across restarts', async () => {
    using dir = folder();
    const [a, b] = [sambaLine(1), sambaLine(2)];
    {
      await using spool = new Spool(dir.path);
      const intake = intakeOf(spool);
      intake.take(framesOf([a, a]), 'a.log', seenAt);
      intake.take(framesOf([a]), 'a.log', seenAt);
      expect(intake.flush(undefined)).toMatchObject({ accessed: 1, repeats: 2 });
      intake.take(framesOf([a, b]), 'a.log', seenAt);
      expect(intake.flush(undefined)).toMatchObject({ accessed: 1, repeats: 1 });
    }
    await using spool = new Spool(dir.path);
    const intake = intakeOf(spool);
    intake.take(framesOf([b, a]), 'another.log', seenAt);
    expect(intake.flush(undefined)).toMatchObject({ accessed: 0, repeats: 2 });
    expect(recordsOf(spool)).toEqual([a, b]);
  });

  test('by the number the platform gave it, though its bytes are others', async () => {
    using dir = folder();
    await using spool = new Spool(dir.path);
    const intake = intakeOf(spool, { collector: 'windows-security' });
    const again = windows(7).replace('"FS3"', '"FS3" ');
    intake.take(framesOf([windows(7), again, windows(8)]), 'a.json', seenAt);
    expect(intake.flush(undefined)).toMatchObject({ read: 3, accessed: 2, repeats: 1 });
    expect(recordsOf(spool)).toEqual([windows(7), windows(8)]);
  });

  test('but not when another source says it', async () => {
    using dir = folder();
    await using spool = new Spool(dir.path);
    for (const source of ['fs1', 'fs2']) {
      const intake = intakeOf(spool, { source });
      intake.take(framesOf([sambaLine(1)]), 'a.log', seenAt);
      expect(intake.flush(undefined)).toMatchObject({ accessed: 1, repeats: 0 });
    }
    expect(new Set(accessesOf(spool).map(({ id }) => id)).size).toBe(2);
  });

  test('nor is a rejected record a repeat of the access that it becomes later', async () => {
    using dir = folder();
    await using spool = new Spool(dir.path);
    const before = intakeOf(spool, { collector: 'm365' });
    before.take(framesOf([sambaLine(1)]), 'a.log', seenAt);
    expect(before.flush(undefined)).toMatchObject({ rejects: 1 });
    const after = intakeOf(spool);
    after.take(framesOf([sambaLine(1)]), 'a.log', seenAt);
    expect(after.flush(undefined)).toMatchObject({ accessed: 1, repeats: 0 });
  });
});

test('a refused flush is tried again with the same bytes, so that a number is never cut twice', async () => {
  using dir = folder();
  let limit = 10;
  const limits = {
    ...spoolLimits,
    get waitingBytesMax() {
      return limit;
    },
  };
  await using spool = new Spool(dir.path, limits);
  const intake = intakeOf(spool);
  intake.take(framesOf([...sambaLines(3), 'not a record']), 'a.log', seenAt);
  for (let attempt = 0; attempt < 3; attempt += 1) {
    expect(() => intake.flush({ name: 'x', place: '9' })).toThrow(expect.objectContaining({ code: 'SPOOL_FULL' }));
  }
  expect([batchesOf(spool), [...spool.rejects()], spool.checkpoint('x')]).toEqual([[], [], undefined]);
  limit = 1_000_000;
  expect(intake.flush({ name: 'x', place: '9' })).toEqual({ read: 4, accessed: 3, repeats: 0, ignored: 0, rejects: 1 });
  expect(recordsOf(spool)).toEqual(sambaLines(3));
  intake.take(framesOf(sambaLines(1, 3)), 'a.log', seenAt);
  intake.flush({ name: 'x', place: '10' });
  expect(batchesOf(spool).map(({ header }) => header.seq)).toEqual([0, 1]);
});

test('a record of no time that can be stored is kept as a reject, and the others of its batch go on', async () => {
  using dir = folder();
  await using spool = new Spool(dir.path);
  const intake = intakeOf(spool);
  const late = (year: string, zone: string) =>
    sambaLine(1).replace(/^2026-03-04T08:00:01\.000000\+00:00/, `${year}-12-31T23:59:59${zone}`);
  const [next, far, beyond] = [late('2036', '+00:00'), late('2300', '+00:00'), late('9999', '-12:00')];
  intake.take(framesOf([next, far, beyond, sambaLine(2)]), 'a.log', seenAt);
  expect(intake.flush(undefined)).toMatchObject({ accessed: 2, rejects: 2 });
  expect(accessesOf(spool).map(({ at }) => at)).toEqual(['2036-12-31T23:59:59.000Z', '2026-03-04T08:00:02.000Z']);
  expect([...spool.rejects()].map((one) => [String(rawOf(one)), one.reason])).toEqual(
    [far, beyond].map((raw) => [raw, 'the time of the record is outside 1970 to 2299']),
  );
});

test('what is torn is kept with its place, and a chunk that is reused does not change it', async () => {
  using dir = folder();
  await using spool = new Spool(dir.path);
  const intake = intakeOf(spool);
  const chunk = Buffer.from('torn here');
  intake.take([{ raw: chunk, offset: 17, torn: 'the line is longer than a record may be' }], 'a.log', seenAt);
  chunk.fill(0);
  intake.flush(undefined);
  const [kept] = [...spool.rejects()];
  expect(kept).toMatchObject({
    position: 'a.log:17',
    reason: 'the line is longer than a record may be',
    source: 'fs1',
  });
  expect(String(rawOf(kept))).toBe('torn here');
});

test('records of one act are one access that counts them, and all are beside it', async () => {
  using dir = folder();
  await using spool = new Spool(dir.path);
  const intake = intakeOf(spool, { collector: 'windows-security' });
  const act = [1, 2, 3].map((n) =>
    windows(n, { HandleId: '0x44', ProcessId: '0x4', ObjectName: 'D:\\Clients\\acme\\x' }),
  );
  intake.take(framesOf(act), 'a.json', seenAt);
  expect(intake.flush(undefined)).toMatchObject({ read: 3, accessed: 3 });
  const accesses = accessesOf(spool);
  expect(accesses.reduce((sum, { count }) => sum + count, 0)).toBe(3);
  expect(accesses).toHaveLength(1);
  expect(recordsOf(spool)).toEqual(act);
});

test('after a flush a new batch goes on where the stream was, also for a tenant that had none', async () => {
  using dir = folder();
  await using spool = new Spool(dir.path);
  const intake = intakeOf(spool);
  for (const [n, client] of [
    [1, 'acme'],
    [2, 'globex'],
    [3, 'acme'],
  ] as const) {
    intake.take(framesOf([sambaLine(n, { client })]), 'a.log', seenAt);
    intake.flush(undefined);
  }
  expect(batchesOf(spool).map(({ header: { tenant, seq } }) => [tenant, seq])).toEqual([
    ['acme', 0],
    ['globex', 0],
    ['acme', 1],
  ]);
});

test.each([
  { tenants: 2, due: true },
  { tenants: 60, due: false },
])(
  'of a backlog of 10 MiB over $tenants tenants a flush is due: $due, since each tenant costs a batch',
  async (asked) => {
    using dir = folder();
    await using spool = new Spool(dir.path);
    const intake = intakeOf(spool);
    const padding = 'x'.repeat(100_000);
    const letter = (n: number) => String.fromCharCode(97 + n);
    const records = Array.from({ length: 105 }, (_, n) => {
      const tenant = n % asked.tenants;
      return sambaLine(n, { client: `c${letter(Math.floor(tenant / 26))}${letter(tenant % 26)}` }).replace(
        'paper',
        padding,
      );
    });
    intake.take(framesOf(records), 'audit.log', () => 0);
    expect(intake.bytes).toBeGreaterThan(flushBytes);
    expect(intake.isFull).toBe(asked.due);
  },
);
