import { expect, test } from '@jest/globals';
import { linesOf } from '../../cli/timeline-text.ts';
import type { Access } from '../../core/types.ts';
import { unsealed } from '../helpers/unsealed.ts';

const at = (hour: number) => Date.UTC(2026, 2, 4, hour);
const access = (hour: number): Access => ({
  ...unsealed({ at: new Date(at(hour)).toISOString() }),
  collector: 'fs1',
  seq: 0,
  index: hour,
});
const options = { zone: 'UTC', shown: { actor: true, tenant: false } };

test('a source that was silent stands in the timeline where it was, also after the last access and on a day of its own', () => {
  const gaps = [
    { source: 'fs1', kind: 'silent' as const, tenant: undefined, from: at(10), until: at(13) },
    { source: 'pg1', kind: 'silent' as const, tenant: 'acme', from: at(34), until: at(40) },
    { source: 'win3', kind: 'numbers' as const, tenant: undefined, from: at(35), until: at(62) },
  ];
  const lines = linesOf([access(9), access(14)], { ...options, gaps });
  expect(lines).toEqual([
    '2026-03-04 Wednesday (UTC)',
    expect.stringContaining('09:00:00'),
    '  10:00–13:00  … fs1 was silent: what happened there then is not known',
    expect.stringContaining('14:00:00'),
    '',
    '2026-03-05 Thursday (UTC)',
    '  10:00–16:00  … pg1 was silent about acme: what happened there then is not known',
    '  11:00–2026-03-06 14:00  … win3 lacks records that it numbered: what happened there then is not known',
  ]);
});
