/** The condition of a Sigma rule: `selection and not 1 of filter*` (Sigma rules specification 2.0, "Condition"). */

export type Condition = (holds: (search: string) => boolean) => boolean;

const tokenPattern = /\s*(\(|\)|\||[^\s()|]+)/gy;
const depthMax = 100;

/** The condition, or a sentence about what is wrong with it. */
export function readCondition(text: string, searches: readonly string[]): Condition | string {
  const tokens = [...text.matchAll(tokenPattern)].map(([, token = '']) => token);
  if (tokens.includes('|')) return 'aggregations after `|` are not supported; write a correlation rule';
  const reader = new Reader(tokens, searches);
  try {
    const condition = reader.or(0);
    if (reader.next !== undefined) return `\`${reader.next}\` is not expected here`;
    return condition;
  } catch (error) {
    if (error instanceof Wrong) return error.message;
    throw error;
  }
}

class Wrong extends Error {}

class Reader {
  private readonly tokens: readonly string[];
  private readonly searches: readonly string[];
  private at = 0;

  constructor(tokens: readonly string[], searches: readonly string[]) {
    this.tokens = tokens;
    this.searches = searches;
  }

  get next(): string | undefined {
    return this.tokens[this.at];
  }

  private takes(word: string): boolean {
    if (this.next?.toLowerCase() !== word) return false;
    this.at += 1;
    return true;
  }

  or(depth: number): Condition {
    const parts = [this.and(depth)];
    while (this.takes('or')) parts.push(this.and(depth));
    return (holds) => parts.some((part) => part(holds));
  }

  private and(depth: number): Condition {
    const parts = [this.not(depth)];
    while (this.takes('and')) parts.push(this.not(depth));
    return (holds) => parts.every((part) => part(holds));
  }

  private not(depth: number): Condition {
    if (depth > depthMax) throw new Wrong(`the condition is nested more than ${depthMax} deep`);
    if (this.takes('not')) {
      const part = this.not(depth + 1);
      return (holds) => !part(holds);
    }
    return this.term(depth);
  }

  private term(depth: number): Condition {
    if (this.takes('(')) {
      const inner = this.or(depth + 1);
      if (!this.takes(')')) throw new Wrong('a bracket is not closed');
      return inner;
    }
    const word = this.next;
    if (word === undefined) throw new Wrong('the condition ends too early');
    this.at += 1;
    const of = this.next?.toLowerCase() === 'of';
    if (of) return this.someOf(word.toLowerCase());
    if (!this.searches.includes(word)) throw new Wrong(`there is no search identifier \`${word}\``);
    return (holds) => holds(word);
  }

  private someOf(quantity: string): Condition {
    this.at += 1;
    const pattern = this.next;
    this.at += 1;
    if (quantity !== '1' && quantity !== 'all')
      throw new Wrong(`\`${quantity} of\` is not supported; 1 of and all of are`);
    const meant = this.searches.filter((search) => fits(search, pattern ?? ''));
    if (meant.length === 0) throw new Wrong(`no search identifier fits \`${pattern ?? ''}\``);
    return quantity === '1'
      ? (holds) => meant.some((search) => holds(search))
      : (holds) => meant.every((search) => holds(search));
  }
}

function fits(search: string, pattern: string): boolean {
  if (pattern === 'them') return !search.startsWith('_');
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(search);
}
