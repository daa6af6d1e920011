/** Whose data an act touched and who did it: a folded reading becomes an access, all but its place in a batch. */
import { recordsDigest } from '../core/records.ts';
import { isoOf } from '../core/time.ts';
import type { Access, AccessId, ActorId, ActorKind, Instant, Place, Reading, TenantId } from '../core/types.ts';
import type { Folded } from './fold.ts';
import type { CountryOf } from './geo.ts';

/** The directory's answers about one source; core/directory/attributor.ts makes them. */
export interface Attribution {
  tenantOf(place: Place): { readonly tenant: TenantId; readonly by: string };
  personOf(account: string): { readonly actor: ActorId; readonly kind: ActorKind } | undefined;
}

/** One record that was read. */
export interface Item {
  readonly reading: Reading;
  readonly raw: Buffer;
  /** SHA-256 of `raw`, hex. */
  readonly digest: string;
  readonly id: AccessId;
  readonly seenAt: Instant;
}

export type Unsealed = Omit<Access, 'collector' | 'seq' | 'index'>;

export function attribute(
  { reading, items }: Folded<Item>,
  { source, attribution, countryOf }: { source: string; attribution: Attribution; countryOf: CountryOf },
): Unsealed {
  const [first] = items;
  const { tenant, by } = attribution.tenantOf(reading.place);
  const person = reading.account === undefined ? undefined : attribution.personOf(reading.account);
  return {
    id: first.id,
    at: isoOf(reading.at),
    seen_at: isoOf(first.seenAt),
    tenant,
    source,
    class: reading.class,
    action: reading.action,
    outcome: reading.outcome,
    actor: person?.actor,
    account: reading.account,
    actor_kind: person?.kind ?? 'unknown',
    object: reading.object,
    object_kind: reading.object_kind,
    object_to: reading.object_to,
    ip: reading.ip,
    country: countryOf(reading.ip),
    host: reading.host,
    app: reading.app,
    session: reading.session,
    bytes: reading.bytes,
    rows: reading.rows,
    count: items.length,
    reason: reading.reason,
    attributed_by: by,
    records_sha256: items.length === 1 ? first.digest : recordsDigest(items.map(({ digest }) => digest)),
  };
}
