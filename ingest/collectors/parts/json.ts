/** Reading values out of parsed JSON that nobody promised the shape of. */

export type Json = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A text that says something: `-` and blank are how Windows writes nothing. Numbers become their digits. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' || value === '-' ? undefined : value;
  return typeof value === 'number' ? String(value) : undefined;
}

/** The object a JSON text is, or `undefined` when it is none. */
export function parseObject(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
