/** A prefix written from a template of literals and one-letter macros (`%u|%I`), read back. */

/** A macro with the literal that follows it; the first piece may be a literal alone. */
interface Piece {
  readonly macro: string;
  readonly literal: string;
}

export interface Template {
  /** Literal text before the first macro. */
  readonly lead: string;
  readonly pieces: readonly Piece[];
}

/** `%%` is a percent sign; every other letter after `%` is a macro. */
export function compileTemplate(template: string): Template {
  let lead = '';
  const pieces: { macro: string; literal: string }[] = [];
  for (let i = 0; i < template.length; i += 1) {
    const char = template.charAt(i);
    const next = template.charAt(i + 1);
    const last = pieces.at(-1);
    if (char === '%' && next !== '' && next !== '%') {
      pieces.push({ macro: next, literal: '' });
      i += 1;
      continue;
    }
    if (char === '%' && next === '%') i += 1;
    if (last) last.literal += char;
    else lead += char;
  }
  return { lead, pieces };
}
