/**
 * Rows of the book of migrations that say which clients of the firm are stored elsewhere. The note in the data folder keeps one machine
 * from storing a client here; a row keeps all that share this server from it, also one that has never run before.
 */
import type { ClickHouseClient } from '@clickhouse/client';
import { Fault } from '../../core/errors.ts';
import type { ServerConfig } from '../../core/store-config.ts';
import type { Shared } from '../../core/tenants-config.ts';
import type { TenantId } from '../../core/types.ts';
import { elsewhereMark } from '../migrate.ts';
import { save } from '../query.ts';
import type { Secrets } from '../secrets.ts';

type Marks = ReadonlyMap<string, string>;

/** Out of the book: the databases that were made, and by the name that a client's would have, where the client is. */
export function inBook(book: ReadonlyMap<string, ReadonlyMap<string, string>>): {
  made: ReadonlySet<string>;
  marks: Marks;
} {
  const made = [...book].filter(([, files]) => [...files.keys()].some((name) => name !== elsewhereMark));
  const marks = [...book].flatMap(([database, files]) => {
    const where = files.get(elsewhereMark);
    return where === undefined ? [] : [[database, where] as const];
  });
  return { made: new Set(made.map(([database]) => database)), marks: new Map(marks) };
}

/** `here`: those this server is to hold. Throws STORE_REFUSED for one that is stored elsewhere. */
export function refuseMarked(here: readonly TenantId[], secrets: Secrets, marks: Marks): void {
  const tenant = here.find((one) => marks.has(secrets.databaseOf(one)));
  if (tenant === undefined) return;
  throw new Fault(
    'STORE_REFUSED',
    `${tenant} is stored at ${marks.get(secrets.databaseOf(tenant))} alone, as the store itself has it written down, and \`tenants:\` does not name that server; name it, or bring the client here with \`cordon tenants move ${tenant}\` where it was stored last`,
    { tenant },
  );
}

export async function markElsewhere(
  admin: ClickHouseClient,
  known: { readonly secrets: Secrets; readonly marks: Marks; readonly away: readonly Shared<ServerConfig>[] },
  signal: AbortSignal,
): Promise<void> {
  const { secrets, marks, away } = known;
  const rows = away.flatMap(({ at, tenants }) =>
    tenants.map((tenant) => ({
      database: secrets.databaseOf(tenant),
      name: elsewhereMark,
      sha256: new URL(at.url).origin,
    })),
  );
  const values = rows.filter(({ database }) => !marks.has(database));
  await save(admin, `${secrets.firmDatabase}.migrations`, { question: 'save-migrations', values }, signal);
}
