/** Needs ../shared/conformance beside the checkout: pgaudit's own regression output, and prefixes and rows from other projects' parser tests. */
import { expect, test } from '@jest/globals';
import { Unreadable } from '../../ingest/collector.ts';
import { describeWithShared } from '../helpers/shared.ts';
import { agree, noAgreement, parse, type Sample, samplesOf } from './samples.ts';

const row = (message: string) =>
  `2026-03-04 09:15:02.123 UTC,ana,practice,1,10.0.0.7:5,s,1,SELECT,2026-03-04 09:14:58 UTC,36/1,0,LOG,00000,"${message.replaceAll('"', '""')}",,,,,,,,,psql,client backend,,0`;
const prefixOf = ({ expected: { extra } }: Sample) => String(extra?.['log_line_prefix'] ?? '');
const entry = 'AUDIT: SESSION,1,1,READ,SELECT,TABLE,acme.ledger,"select ""a""\n\tfrom b",<none>,7';

/** What a class and command of pgaudit mean, as its README describes the classes. */
const meaning = ({ action = '', extra = {}, rows }: Sample['expected'], raw: string): string | undefined => {
  const kind = extra['class'];
  if (kind === 'READ') return action === 'COPY' || /,COPY [^,]* TO /i.test(raw) ? 'export' : 'query';
  if (kind === 'WRITE') return action === 'DELETE' ? 'delete' : 'write';
  if (kind === 'ROLE' && action.startsWith('GRANT')) return 'grant';
  if (kind === 'DDL' && /^(CREATE|ALTER)/.test(action) && !raw.includes('pgaudit')) return 'configure';
  return rows === undefined && kind === 'DDL' && action === 'DROP TABLE' ? 'delete' : undefined;
};

describeWithShared('pgaudit samples', () => {
  test('of its regression tests agree in object, type, rows and what was done', () => {
    const agreement = noAgreement();
    let ignored = 0;
    let actions = 0;
    for (const sample of samplesOf('pgaudit_regress')) {
      const parsed = parse('pgaudit', row(sample.raw));
      if (parsed === undefined) {
        expect(sample.expected.extra?.['class']).toBe('MISC');
        ignored += 1;
        continue;
      }
      agree(agreement, sample, parsed, { object: true, object_type: true, rows: true });
      const meant = meaning(sample.expected, sample.raw);
      if (meant === undefined) continue;
      expect([sample.raw, parsed]).toEqual([sample.raw, expect.objectContaining({ action: meant })]);
      actions += 1;
    }
    expect(agreement.disagreements).toEqual([]);
    expect([agreement.samples + ignored, agreement.fields >= 300, actions >= 110]).toEqual([223, true, true]);
  });

  test('of log_line_prefix say who, when and with what, once an audit entry stands behind them', () => {
    const agreement = noAgreement();
    for (const sample of samplesOf('pg_log_line_prefix')) {
      const content = String(sample.expected.extra?.['content']);
      const prefix = prefixOf(sample);
      // A prefix without a time cannot serve an audit, and is refused when it is configured.
      if (!/%[mtn]/.test(prefix)) {
        expect(() => parse('pgaudit', sample.raw, { logLinePrefix: prefix })).toThrow('has no time');
        continue;
      }
      const raw = sample.raw.replace(content, entry);
      agree(agreement, sample, parse('pgaudit', raw, { logLinePrefix: prefix, timeZone: zoneOf(sample) }), {
        time: true,
        actor: true,
        app: true,
        object: (expected: string, { place }) => place.database === expected,
      });
      expect(parse('pgaudit', sample.raw, { logLinePrefix: prefix })).not.toBeInstanceOf(Unreadable);
    }
    expect(agreement.disagreements).toEqual([]);
    expect(agreement.samples).toBe(19);
    expect(agreement.fields).toBeGreaterThanOrEqual(35);
  });

  test('of csvlog are all read or rightly of no interest; sessions say who and when', () => {
    const agreement = noAgreement();
    const samples = samplesOf('el_postgresql_log').filter(({ format }) => format === 'csv');
    for (const sample of samples) {
      const parsed = parse('pgaudit', sample.raw);
      expect(parsed).not.toBeInstanceOf(Unreadable);
      if (parsed) agree(agreement, sample, parsed, { time: true, actor: true, src_ip: true, session: true, app: true });
    }
    expect(samples).toHaveLength(40);
    expect(agreement.disagreements).toEqual([]);
    expect(agreement.samples).toBe(7);
  });

  test('of the stderr log are read by one of the prefixes in use, down to the user', () => {
    const prefixes = [
      '%m [%p] ',
      '%m [%p] %q%u@%d ',
      '%m [%p-%l] ',
      '%m [%p-%l] %q%u@%d ',
      '%t ',
      '%t [%p-%l] ',
      '%t [%p-%l] %q%u@%d ',
      '%t:%r:%u@%d:[%p]:',
    ];
    const samples = samplesOf('el_postgresql_log').filter(({ format }) => format === 'text');
    const unread = samples.filter(({ raw }) =>
      prefixes.every((logLinePrefix) => parse('pgaudit', raw, { logLinePrefix }) instanceof Unreadable),
    );
    expect(unread).toEqual([]);
    expect(samples).toHaveLength(106);
  });

  test('cut rows are unreadable, whole ones without an audit entry of no interest', () => {
    const [whole, cut] = samplesOf('pg_csvlog_syslogng');
    expect(parse('pgaudit', whole?.raw ?? '')).toBeUndefined();
    expect(parse('pgaudit', cut?.raw ?? '')).toBeInstanceOf(Unreadable);
  });
});

/** BST is London's summer here; the reference says so beside the sample. */
const zoneOf = ({ expected: { extra } }: Sample): string | undefined =>
  extra?.['tz_setting'] ? 'Europe/London' : undefined;
