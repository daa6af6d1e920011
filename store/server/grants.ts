/** Grants, as the description has them and as `system.grants` has them, in one form that can be compared and written as SQL. */

export interface Grant {
  /** SELECT, INSERT, CREATE TABLE, … */
  readonly right: string;
  /** `database.table`, `*.*`, a table engine's name; '' for a role, whose name is the right. */
  readonly on: string;
  /** '' for all of them. */
  readonly column: string;
}

export const grantKey = ({ right, on, column }: Grant): string =>
  on === '' ? `role ${right}` : `${right}${column && `(${column})`} ON ${on}`;

/** Out of `SELECT(a, "b") ON d.t`, `SELECT, INSERT ON d.t`, `TABLE ENGINE ON MergeTree`. */
export function grantsIn(text: string): Grant[] {
  const cut = text.lastIndexOf(' ON ');
  const [rights, on] = [text.slice(0, cut), text.slice(cut + 4)];
  const [, right, columns] = /^([A-Z ]+)\((.*)\)$/.exec(rights) ?? [];
  if (right === undefined || columns === undefined)
    return rights.split(', ').map((each) => ({ right: each, on, column: '' }));
  return columns.split(', ').map((column) => ({ right, on, column: column.replaceAll('"', '') }));
}

/** What stands between GRANT and TO, or REVOKE and FROM; the columns of one table together. */
export function grantList(grants: readonly Grant[]): string {
  const columns = new Map<string, string[]>();
  const whole: string[] = [];
  for (const { right, on, column } of grants) {
    const key = `${right}\0${on}`;
    if (column === '') whole.push(`${right} ON ${on}`);
    else columns.set(key, [...(columns.get(key) ?? []), `\`${column}\``]);
  }
  const some = [...columns].map(([key, names]) => key.replace('\0', `(${names.join(', ')}) ON `));
  return [...whole, ...some].join(', ');
}
