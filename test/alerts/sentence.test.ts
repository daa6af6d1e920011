import { describe, expect, test } from '@jest/globals';
import type { Standing } from '../../alerts/notice.ts';
import { firstSentence } from '../../alerts/sentence.ts';
import { tenantId } from '../../core/types.ts';
import { access, accesses, notice } from './example.ts';

const globex = { tenant: tenantId('globex') };

describe('the first sentence says who did what to which client, and why that is odd', () => {
  test.each<[Standing, string]>([
    ['unassigned', 'Ana Chan opened 41 documents of client C-1042 without being assigned to it.'],
    ['ended', 'Ana Chan opened 41 documents of client C-1042 after the assignment to it had ended.'],
    ['recorded-late', 'Ana Chan opened 41 documents of client C-1042 before any assignment to it was on record.'],
    ['barred', 'Ana Chan opened 41 documents of client C-1042 across an information barrier.'],
    ['assigned', 'Ana Chan opened 41 documents of client C-1042.'],
  ])('%s', (standing, sentence) => expect(firstSentence(notice({}, { standingOf: () => standing }))).toBe(sentence));

  test('viewing and copying are counted apart', () => {
    const both = notice({}, { accesses: [...accesses('read', 12), ...accesses('download', 3)] });
    expect(firstSentence(both)).toBe(
      'Ana Chan opened 12 and downloaded 3 documents of client C-1042 without being assigned to it.',
    );
  });

  test('an object opened ten times is one document', () => {
    const again = notice({}, { accesses: Array.from({ length: 10 }, () => access()) });
    expect(firstSentence(again)).toContain('opened 1 document of');
  });

  test('tables are not documents', () => {
    const rows = [access({ class: 'database', action: 'query', object: 'cl_acme.ledger' }), ...accesses('read', 2)];
    expect(firstSentence(notice({}, { accesses: rows }))).toContain('opened 2 documents and queried 1 table of');
  });

  test('the client nothing explains comes first, and those like it are named', () => {
    const tenants = { tenants: ['acme', 'globex', 'initech'] };
    const standingOf = (tenant: string) => (tenant === 'acme' ? 'assigned' : 'unassigned');
    const some = [
      ...accesses('read', 30),
      ...accesses('read', 5, globex),
      ...accesses('read', 2, { tenant: tenantId('initech') }),
    ];
    expect(firstSentence(notice(tenants, { standingOf, accesses: some }))).toBe(
      'Ana Chan opened 5 documents of client C-2001 without being assigned to it, and likewise client C-3003.',
    );
  });

  test('a crowd is counted', () => {
    const crowd = accesses('read', 8).map((one, n) => ({ ...one, actor: undefined, account: `user${n}` }));
    expect(firstSentence(notice({ actor: null }, { accesses: crowd }))).toContain('8 people opened 8 documents of');
  });

  test('what was refused is not said to have happened', () => {
    const denied = accesses('read', 4, { outcome: 'denied' });
    expect(firstSentence(notice({}, { accesses: denied }))).toContain(
      'Ana Chan was refused 4 documents (read) of client',
    );
  });

  test('without accesses the first reason is the sentence', () => {
    const silent = { actor: 'source:fs1', tenants: [], because: ['Source fs1 has been silent for 3 hours'] };
    expect(firstSentence(notice(silent, { accesses: [] }))).toBe('Source fs1 has been silent for 3 hours.');
  });
});

test('line ends, controls and direction marks of a name do not reach the sentence', () => {
  const named = notice({}, { nameOf: () => 'Ana\r\nBcc: x@evil.example\u202e nahC' });
  expect(firstSentence(named)).toMatch(/^Ana Bcc: x@evil\.example nahC opened/);
});
