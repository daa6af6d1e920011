/** What others wrote may hold characters that move a terminal's cursor or turn its text round: they are shown as their codes. */
export const printable = (text: string): string =>
  // biome keeps control characters out of expressions, so they are named by their class.
  text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);

/** The same for a text of several lines. */
export const printableLines = (text: string): string => text.split('\n').map(printable).join('\n');
