import { expect, test } from '@jest/globals';
import { printable, printableLines } from '../../cli/printable.ts';

test('what would move a cursor or turn the text round is shown as its code, and all else as it is', () => {
  expect(printable('Zürich \u001b[2J\u202e\n日本 🙂')).toBe('Zürich \\u{1b}[2J\\u{202e}\\u{a}日本 🙂');
});

test('a text of several lines keeps its lines', () => {
  expect(printableLines('a\u0007\nb\n')).toBe('a\\u{7}\nb\n');
});
