/** One access before it is sealed, for tests that need any. */
import { accessId, actorId, tenantId } from '../../core/types.ts';
import type { Unsealed } from '../../ingest/attribute.ts';

export function unsealed(more: Partial<Unsealed> = {}): Unsealed {
  return {
    id: accessId('0123456789abcdef0123456789abcdef'),
    at: '2026-03-04T09:15:02.000Z',
    seen_at: '2026-03-04T09:15:03.120Z',
    tenant: tenantId('acme'),
    source: 'fs1',
    class: 'file',
    action: 'read',
    outcome: 'success',
    actor: actorId('p1'),
    account: 'achan',
    actor_kind: 'person',
    object: '/srv/clients/acme/terms.docx',
    object_kind: 'file',
    object_to: undefined,
    ip: '10.20.0.7',
    country: undefined,
    host: 'fs1',
    app: undefined,
    session: undefined,
    bytes: undefined,
    rows: undefined,
    count: 1,
    reason: undefined,
    attributed_by: 'path',
    records_sha256: 'f'.repeat(64),
    ...more,
  };
}
