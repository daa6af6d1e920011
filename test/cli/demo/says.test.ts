import { expect, test } from '@jest/globals';
import { arrived, closing, introduction } from '../../../cli/demo/says.ts';
import type { DemoFirm } from '../../../cli/demo/write.ts';
import { notice } from '../../alerts/example.ts';

const firm: DemoFirm = {
  config: '/tmp/demo firm/cordon.yaml',
  files: [
    { source: 'ledger', path: '/tmp/demo firm/logs/ledger.csv', records: 481 },
    { source: 'm365', path: '/tmp/demo firm/logs/m365.ndjson', records: 1_202 },
  ],
  story: ['Somebody did something.'],
};
const about = {
  firm,
  folder: '/tmp/demo firm',
  mails: 3,
  page: 'http://127.0.0.1:1/#x',
  program: 'npm run -s cordon --',
};

test('it begins by saying what is about to happen', () => {
  expect(introduction(firm, '/tmp/demo firm')).toContain('24 people, 8 clients');
  expect(introduction(firm, '/tmp/demo firm')).toContain('1,683 records');
});

test('a mail is one sentence and where it lies', () => {
  expect(arrived(notice(), '/tmp/x.eml')).toBe(
    '[high] Ana Chan opened 41 documents of client C-1042 without being assigned to it.\n    /tmp/x.eml\n',
  );
});

test('it ends with what was hidden and with commands to paste', () => {
  const run = { config: firm.config, program: about.program };
  const pieter = notice({ actor: 'pieter.osborn', score: 3, accesses: ['b'.repeat(32)] }, run);
  const text = closing({ ...about, notices: [pieter, notice({}, run)] });
  expect(text).toContain('2 mails in /tmp/demo firm/mail/new.');
  expect(text).toContain('  - Somebody did something.');
  expect(text).toContain('http://127.0.0.1:1/#x');
  expect(text).toContain("  npm run -s cordon -- alerts --config '/tmp/demo firm/cordon.yaml'");
  expect(text).toMatch(/ {2}npm run -s cordon -- timeline --actor p7 .* --config '\/tmp\/demo firm\/cordon.yaml'/);
  expect(text).toContain("facts import '/tmp/demo firm/late-facts.jsonl'");
  expect(text).toContain(`explain ${'b'.repeat(32)} --config`);
});

test('without an alert it offers what does not need one', () => {
  const text = closing({ ...about, notices: [], page: undefined });
  expect(text).not.toMatch(/timeline|explain/);
  expect(text).toContain('rejects --config');
});
