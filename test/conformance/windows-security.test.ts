/** Needs ../shared/conformance beside the checkout: Windows events in four shapes, with the parse of Elastic, SEKOIA and the shippers. */
import { expect, test } from '@jest/globals';
import { Unreadable } from '../../ingest/collector.ts';
import { describeWithShared } from '../helpers/shared.ts';
import { agree, type Comparing, noAgreement, parse, type Sample, samplesOf } from './samples.ts';

const read = new Set(['4656', '4660', '4663', '4670', '5140', '5145']);
const codeOf = (sample: Sample) => String(sample.expected.extra?.['event_code'] ?? '');
/** What the log says of the share, which a reference may put first: `\\*\C$\x` is `C:\x` on the server's disk. */
const inside = (object: string) => object.replace(/^\\+\*\\[^\\]+\\?/, '').replace(/^\\+\?\?\\+/, '');

const comparing: Comparing = {
  time: true,
  actor: true,
  src_ip: true,
  outcome: true,
  session: true,
  // Ours is the computer's full name.
  host: (expected: string, { host = '' }) => host === expected || host.startsWith(`${expected}.`),
  app: true,
  object: (expected: string, { object = '' }, sample) => {
    if (object === expected || !['5140', '5145'].includes(codeOf(sample))) return object === expected;
    // Ours is the path on disk, so that 4663 and 5145 name one object alike: it ends in what the share's name leaves.
    const tail = inside(expected).replaceAll('\\\\', '\\');
    return /^[A-Z]:\\/.test(object) && object.endsWith(tail);
  },
  // 5140 is about a share; the event calls it a file.
  object_type: (expected: string, { object_kind }, sample) =>
    codeOf(sample) === '5140' ? object_kind === 'share' : object_kind === expected.toLowerCase(),
};

describeWithShared('Windows samples', () => {
  const samples = samplesOf(
    'el_windows_forwarded', 'windows_otrf', 'sek_winlogbeat', 'sek_windows', 'el_system_security', 'windows_evtx_xml',
  ); // biome-ignore format: one line

  test('agree with the references in every field these state', () => {
    const agreement = noAgreement();
    for (const sample of samples) {
      if (read.has(codeOf(sample))) agree(agreement, sample, parse('windows-security', sample.raw), comparing);
    }
    expect(agreement.disagreements).toEqual([]);
    expect(agreement.samples).toBeGreaterThanOrEqual(600);
    expect(agreement.fields).toBeGreaterThanOrEqual(4_600);
  });

  test('of other events are of no interest, except that a log was cleared', () => {
    const others = samples.filter((sample) => !read.has(codeOf(sample)) && codeOf(sample) !== '1102');
    const readings = others.map(({ raw }) => parse('windows-security', raw));
    expect(readings.filter((one) => one !== undefined && !(one instanceof Unreadable))).toEqual([]);
    expect(readings.filter((one) => one instanceof Unreadable).length).toBeLessThanOrEqual(1);
    expect(others.length).toBeGreaterThanOrEqual(400);
  });

  test('of a cleared log are changes of the audit', () => {
    const cleared = samples.filter((sample) => codeOf(sample) === '1102');
    expect(cleared.length).toBeGreaterThan(0);
    for (const { raw } of cleared) expect(parse('windows-security', raw)).toMatchObject({ action: 'audit_change' });
  });
});
