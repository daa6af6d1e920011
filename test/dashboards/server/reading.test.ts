import { expect, test } from '@jest/globals';
import { tenantId } from '../../../core/types.ts';
import { readingOf, recordView } from '../../../dashboards/server/reading.ts';
import { accesses } from '../small-firm.ts';

const [kept] = accesses.get(tenantId('acme')) ?? [];
if (!kept) throw new Error('the small firm is empty');
const { line: access, raw } = kept;

test('each field says whether the record, the directory or Cordon said it', () => {
  const from = Object.fromEntries(readingOf(access).map((field) => [field.name, field.from]));
  expect(from).toMatchObject({
    account: 'record',
    object: 'record',
    actor: 'directory',
    tenant: 'directory',
    seen_at: 'cordon',
  });
});

test('what is unknown has no line', () => {
  expect(readingOf({ ...access, ip: undefined, host: '' }).map(({ name }) => name)).not.toEqual(
    expect.arrayContaining(['ip']),
  );
});

test('a person is shown by name and id', () => {
  const actor = readingOf({ ...access, who: 'Ana Chan' }).find(({ name }) => name === 'actor');
  expect(actor?.value).toBe(`Ana Chan (${access.actor})`);
});

test('the view says whether the record is the sealed one', () => {
  expect(recordView({ access, raw }).proof.matches).toBe(true);
  expect(recordView({ access, raw: [Buffer.from('another')] }).proof.matches).toBe(false);
});

test('a record that is not UTF-8 is shown as base64', () => {
  const [shown] = recordView({ access, raw: [Buffer.from([0xff, 0x41])] }).raw;
  expect(shown).toEqual({ base64: '/0E=', bytes: 2 });
});

test('a long record is cut, says how long it is, and is not taken for binary by the cut', () => {
  const long = Buffer.from('é'.repeat(40_000));
  const [shown] = recordView({ access, raw: [Buffer.concat([Buffer.from('x'), long])] }).raw;
  expect(shown?.bytes).toBe(80_001);
  expect(shown?.text).toHaveLength(1 + 32_767);
});

test('of many records the first fifty are shown, and the number of all', () => {
  const view = recordView({ access, raw: Array.from({ length: 51 }, () => Buffer.from('x')) });
  expect([view.raw.length, view.records]).toEqual([50, 51]);
});
