/**
 * Text of a record, made safe to read: characters that turn the direction of writing, hide, or steer a terminal are
 * written out as ⟨U+202E⟩, so that a name cannot pass for another. After Boucher & Anderson, Trojan Source (2021).
 */
const unseen = /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

export const visible = (text: string): string =>
  text.replace(unseen, (c) => `⟨U+${(c.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`);

/** The last two parts of a path, for a list; the whole stands in the panel. */
export function shortened(object: string): string {
  const parts = object.split(/[\\/]/).filter(Boolean);
  return parts.length > 2 ? `…/${parts.slice(-2).join('/')}` : object;
}
