/**
 * Whether every line of a batch is of its tenant, before anything of it is stored. The table's constraint would refuse
 * another's as well, but only after the sealed batch is there for this tenant's readers.
 */
import type { TenantId } from '../core/types.ts';

/** Where `"tenant":` stands in every line that our collectors write: after an id and two times of fixed length. */
const tenantAt = `{"id":"${'0'.repeat(32)}","at":"2026-03-04T09:15:02.000Z","seen_at":"2026-03-04T09:15:02.000Z",`
  .length;

/** A sentence's rest about the first line that is of another tenant or no access at all; `undefined` if there is none. */
export function foreignLine(lines: Buffer, tenant: TenantId): string | undefined {
  const wanted = Buffer.from(`"tenant":${JSON.stringify(tenant)},`);
  for (let begin = 0; begin < lines.length; ) {
    const end = lines.indexOf(10, begin) + 1 || lines.length;
    const at = begin + tenantAt;
    const asExpected =
      at + wanted.length < end && lines.compare(wanted, 0, wanted.length, at, at + wanted.length) === 0;
    // Written by another hand, it is read as the store would read it.
    const wrong = asExpected ? undefined : wrongIn(lines.toString('utf8', begin, end), tenant);
    if (wrong !== undefined) return wrong;
    begin = end;
  }
  return undefined;
}

function wrongIn(line: string, tenant: TenantId): string | undefined {
  try {
    const access: unknown = JSON.parse(line);
    const named = typeof access === 'object' && access !== null && 'tenant' in access ? access.tenant : undefined;
    return named === tenant ? undefined : 'it holds an access of another client';
  } catch {
    return 'it holds a line that is no access';
  }
}
