/** Needs ../shared/conformance beside the checkout: the lines of Samba's own module header, which show no syslog stamp. */
import { expect, test } from '@jest/globals';
import { describeWithShared } from '../helpers/shared.ts';
import { agree, noAgreement, parse, samplesOf } from './samples.ts';

describeWithShared('Samba samples', () => {
  test('agree once a stamp and a host stand before them', () => {
    const agreement = noAgreement();
    const samples = samplesOf('samba_full_audit_docs');
    for (const sample of samples) {
      const prefix = String(sample.expected.extra?.['prefix']);
      agree(agreement, sample, parse('samba', `2026-03-04T09:15:02Z fs1 ${sample.raw}`, { prefix }), {
        actor: true,
        src_ip: true,
        outcome: true,
        object: true,
        object_type: true,
      });
    }
    expect(agreement.disagreements).toEqual([]);
    expect([agreement.samples, agreement.fields]).toEqual([4, 17]);
    const words: Readonly<Record<string, string[]>> = {
      open: ['read', 'write'],
      create_file: ['read', 'write'],
      opendir: ['list'],
    };
    for (const { raw, expected } of samples) {
      const { action } = { action: '', ...parse('samba', `2026-03-04T09:15:02Z fs1 ${raw}`, { prefix: '%u|%I' }) };
      expect(words[expected.action ?? '']).toContain(action);
    }
  });
});
