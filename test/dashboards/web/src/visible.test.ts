import { expect, test } from '@jest/globals';
import { shortened, visible } from '../../../../dashboards/web/src/visible.ts';

test.each([
  ['a name that runs backwards', 'invoice\u202Efdp.exe', 'invoice⟨U+202E⟩fdp.exe'],
  ['a terminal command', '\u001B[2Jx', '⟨U+001B⟩[2Jx'],
  ['a hidden character', 'pass\u200Bword', 'pass⟨U+200B⟩word'],
  ['half a character', '\uD800x', '⟨U+D800⟩x'],
  ['a NUL', 'a\u0000b', 'a⟨U+0000⟩b'],
  ['line ends and tabs stay', 'a\tb\nc', 'a\tb\nc'],
  ['letters of every script stay', 'Díaz 北京 🙂', 'Díaz 北京 🙂'],
])('%s', (_, text, expected) => {
  expect(visible(text)).toBe(expected);
});

test('a long path keeps its end', () => {
  expect(shortened('/srv/clients/acme/merger/plan.docx')).toBe('…/merger/plan.docx');
  expect(shortened('C:\\clients\\acme\\plan.docx')).toBe('…/acme/plan.docx');
  expect(shortened('cl_acme.invoices')).toBe('cl_acme.invoices');
});
