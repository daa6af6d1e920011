/** What the browser keeps for this reader: a clock and a habit, never data. A browser that keeps nothing is fine too. */
export function remembered(name: string): string | undefined {
  try {
    return localStorage.getItem(`cordon.${name}`) ?? undefined;
  } catch {
    return undefined;
  }
}

export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(`cordon.${name}`, value);
  } catch {
    // Storage switched off: the choice lasts as long as the page.
  }
}
