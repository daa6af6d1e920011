/** The edge's side: Samba lines in, an intake over a spool. */
import type { TenantId } from '../../core/types.ts';
import { actorId, tenantId, unattributed } from '../../core/types.ts';
import type { Attribution } from '../../ingest/attribute.ts';
import type { Parser } from '../../ingest/collector.ts';
import { noSettings } from '../../ingest/collector.ts';
import { collectors } from '../../ingest/collectors/index.ts';
import type { Frame } from '../../ingest/frame.ts';
import { lines } from '../../ingest/frame.ts';
import { nowhere } from '../../ingest/geo.ts';
import { Intake } from '../../ingest/intake.ts';
import type { RejectSealer } from '../../ingest/reject-seal.ts';
import type { Spool } from '../../ingest/spool.ts';
import { plainSeals } from './plain.ts';
import { fixedKey } from './sealed.ts';

const beginning = Date.parse('2026-03-04T08:00:00.000Z');

/** A line of vfs_full_audit; each `n` another second. */
export function sambaLine(n: number, { client = 'acme', user = 'achan' } = {}): string {
  const at = new Date(beginning + n * 1_000).toISOString().replace('Z', '000+00:00');
  return `${at} fs1 smbd_audit[77]: ${user}|10.20.0.7|pc7|clients|openat|ok|r|/srv/clients/${client}/paper ${n}.docx`;
}

export const sambaLines = (count: number, first = 0): string[] =>
  Array.from({ length: count }, (_, i) => sambaLine(first + i));

function parserOf(name: string): Parser {
  const found = collectors.find((collector) => collector.name === name);
  if (!found) throw new Error(`there is no collector ${name}`);
  return found.open(noSettings);
}

/** By the folder after /clients/; achan is a person, everybody else is not known. */
const byFolder: Attribution = {
  tenantOf({ path }) {
    const client = /^\/srv\/clients\/([a-z]+)\//.exec(path ?? '')?.[1];
    const tenant: TenantId = client === undefined ? unattributed : tenantId(client);
    return { tenant, by: client === undefined ? 'none' : 'path' };
  },
  personOf: (account) => (account === 'achan' ? { actor: actorId('p1'), kind: 'person' } : undefined),
};

export const intakeOf = (
  spool: Spool,
  { source = 'fs1', collector = 'samba' } = {},
  rejectSealer: RejectSealer | undefined = undefined,
): Intake =>
  new Intake({
    source,
    parser: parserOf(collector),
    attribution: byFolder,
    countryOf: nowhere,
    key: () => fixedKey(source),
    seals: plainSeals,
    rejectSealer,
    spool,
  });

/** As a file of these lines would be cut. */
export function framesOf(given: readonly (string | Buffer)[]): Frame[] {
  const framer = lines(0);
  const bytes = Buffer.concat(given.flatMap((line) => [Buffer.from(line as string), Buffer.from('\n')]));
  return [...framer.push(bytes), ...framer.end()];
}
