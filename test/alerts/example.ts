/** A candidate and a notice for the tests beside this file; each test says only what it is about. */

import { composeNotice, type Notice, type NoticeParts } from '../../alerts/notice.ts';
import type { Candidate } from '../../core/alert.ts';
import { type Access, type Action, accessId, actorId, tenantId } from '../../core/types.ts';

export const candidate = (over: Partial<Candidate> = {}): Candidate => ({
  id: '00112233445566aa',
  raised_at: '2026-03-04T22:31:10.000Z',
  day: '2026-03-04',
  actor: 'p7',
  tenants: ['acme'],
  detectors: ['unexplained-access', 'surge'],
  score: 17.25,
  severity: 'high',
  because: ['41 documents of client acme in 20 minutes; 0 to 3 a day are usual for this role.'],
  accesses: ['a'.repeat(32)],
  unknown: [],
  ...over,
});

export const access = (over: Partial<Access> = {}): Access => ({
  id: accessId('a'.repeat(32)),
  at: '2026-03-04T22:11:00.000Z',
  seen_at: '2026-03-04T22:11:02.000Z',
  tenant: tenantId('acme'),
  source: 'fs1',
  class: 'file',
  action: 'read',
  outcome: 'success',
  actor: actorId('p7'),
  actor_kind: 'person',
  object: '/srv/clients/acme/secret plan.docx',
  count: 1,
  attributed_by: 'path',
  records_sha256: '0'.repeat(64),
  collector: 'fs1',
  seq: 0,
  index: 0,
  ...over,
});

/** `count` accesses of `action`, each of another object. */
export const accesses = (action: Action, count: number, over: Partial<Access> = {}): Access[] =>
  Array.from({ length: count }, (_, n) =>
    access({
      action,
      id: accessId(`${action}${n}`),
      object: `/srv/clients/acme/secret plan ${n}.docx`,
      at: new Date(Date.parse('2026-03-04T22:11:00.000Z') + n * 30_000).toISOString(),
      ...over,
    }),
  );

const aliases: Readonly<Record<string, string>> = { acme: 'C-1042', globex: 'C-2001', initech: 'C-3003' };

export function notice(over: Partial<Candidate> = {}, parts: Partial<NoticeParts> = {}): Notice {
  return composeNotice(candidate(over), {
    version: 1,
    say: 'first',
    at: Date.parse('2026-03-04T22:31:40.000Z'),
    zone: 'America/Toronto',
    page: 'http://127.0.0.1:8080/alerts/00112233445566aa',
    program: 'cordon',
    config: undefined,
    accesses: accesses('read', 41),
    nameOf: (actor) => (actor === 'p7' ? 'Ana Chan' : undefined),
    aliasOf: (tenant) => aliases[tenant] ?? 'C-0000',
    standingOf: () => 'unassigned',
    statisticOf: (detector) => `${detector}: counts what no fact explains.`,
    ...parts,
  });
}
