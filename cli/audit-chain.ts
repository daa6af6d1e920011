/** `cordon audit-chain`: is everything that was stored still there and unchanged? */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Fault } from '../core/errors.ts';
import { parseInstant } from '../core/time.ts';
import { auditTenant, type TenantAudit } from '../evidence/audit.ts';
import { vaultKey } from '../evidence/exporter-key.ts';
import { fingerprintOf } from '../evidence/verify-format.ts';
import { openWitness } from '../evidence/witness.ts';
import { auditStreams } from '../store/queries/audit.ts';
import { all } from '../store/query.ts';
import { auditReaderOf } from './audit-reader.ts';
import { command, type Io } from './command.ts';
import { type Context, loadContext, storeOf, tenantNamed } from './context.ts';
import { goneOf } from './keeping.ts';
import { openerOf } from './keyring.ts';
import { progress } from './progress.ts';
import { endedOf } from './receipts.ts';
import { auditStamps, certificatesIn, type StampVerdict } from './time-stamps.ts';

/** What the store can hold: 1900 to 2299. */
const beginning = Date.UTC(1900, 0, 1);
const end = Date.UTC(2299, 11, 31);

export const auditChain = command({
  name: 'audit-chain',
  examples: [
    'cordon audit-chain  # every client, all there is',
    'cordon audit-chain --tenant acme --from 2026-03-01 --to 2026-03-31',
    'cordon audit-chain --witness /mnt/witness --key vault.pub.pem  # against what was written off this machine',
  ],
  options: {
    tenant: { type: 'string', value: 'CLIENT', help: 'only this client (default: all)' },
    from: { type: 'string', value: 'TIME', help: '2026-03-04, 2026-03-04T09:15:00Z, or -7d (default: all there is)' },
    to: { type: 'string', value: 'TIME', help: 'end of the range, not included; a date means the end of that day' },
    witness: { type: 'string', value: 'FOLDER', help: 'where checkpoints were written (default: checkpoints.folder)' },
    key: {
      type: 'string',
      value: 'FILE',
      help: "the vault's public key as you were given it (default: this machine's)",
    },
    'tsa-ca': {
      type: 'string',
      value: 'FILE',
      help: 'whom to believe time stamps of, PEM (default: checkpoints.timestamp.ca_file)',
    },
  },

  async run({ values }, io) {
    const context = loadContext(values, io);
    const { config } = context;
    const range = rangeOf(values, context);
    const key = values.key === undefined ? createPublicKey(vaultKey(config.data)) : keyIn(resolve(io.cwd, values.key));
    const folder = values.witness === undefined ? config.checkpoints.folder : resolve(io.cwd, values.witness);
    const witness = folder === undefined ? undefined : openWitness(folder);
    const believed =
      values['tsa-ca'] === undefined ? config.checkpoints.timestamp?.ca_file : resolve(io.cwd, values['tsa-ca']);
    const cas = believed === undefined ? [] : certificatesIn(believed);
    const opener = openerOf(context);
    const begun = performance.now();
    await using store = await storeOf(context, 'attach', io.signal);
    const tenants = values.tenant === undefined ? store.tenants : [tenantNamed(context, values.tenant)];
    const goneNow = await goneOf(config, store, io.signal);
    let total = 0;
    for (const tenant of tenants) {
      const streams = await all(store.client('read', tenant), auditStreams, range, io.signal);
      total += streams.reduce((sum, { accesses }) => sum + accesses, 0);
    }
    const bar = progress(io, { unit: 1, name: 'accesses' });
    const whole = values.from === undefined && values.to === undefined;
    const audits: Audited[] = [];
    let done = 0;
    try {
      for (const tenant of tenants) {
        const gone = goneNow(tenant, Date.now());
        const ended = endedOf(config.data, tenant, key);
        const parts = { store, tenant, range, witness, dataDir: config.data, opener, gone };
        const audit = await auditTenant(auditReaderOf(parts), {
          tenant,
          whole,
          gone,
          ended,
          vaultKey: key,
          signal: io.signal,
          onProgress: (accesses, what) => bar.update(done + accesses, total, what),
        });
        done += audit.accesses;
        const stamps = await auditStamps({ store, tenant, folder, cas, ended }, { ...range, whole }, io.signal);
        const problems = [...audit.problems, ...stamps.problems];
        audits.push({ ...audit, stamps, problems, holds: problems.length === 0 });
      }
    } finally {
      bar.stop();
    }
    report(audits, { seconds: (performance.now() - begun) / 1_000, key, folder }, values.json === true, io);
    return audits.every(({ holds }) => holds) ? 0 : 1;
  },
});

function rangeOf(values: { from?: string | undefined; to?: string | undefined }, { directory }: Context) {
  const clock = { now: Date.now(), zone: directory.firm.time_zone };
  const from = values.from === undefined ? beginning : parseInstant(values.from, { ...clock, edge: 'from' });
  const until = values.to === undefined ? end : parseInstant(values.to, { ...clock, edge: 'to' });
  if (from >= until) throw new Fault('USAGE', 'the range is empty: --from is not before --to');
  return { from, until };
}

function keyIn(file: string): KeyObject {
  try {
    return createPublicKey(readFileSync(file));
  } catch (error) {
    throw new Fault(
      'USAGE',
      `${file} is no public key; give the PEM file that the vault's owner handed out`,
      {},
      error,
    );
  }
}

type Audited = TenantAudit & { readonly stamps: StampVerdict };

function report(
  audits: readonly Audited[],
  { seconds, key, folder }: { seconds: number; key: KeyObject; folder: string | undefined },
  json: boolean,
  { out, err }: Io,
): void {
  if (json) {
    for (const { checkpoints, stamps, ...audit } of audits) {
      const [{ problems: _, ...counted }, { problems: __, ...stamped }] = [checkpoints, stamps];
      out.write(`${JSON.stringify({ ...audit, checkpoints: counted, stamps: stamped })}\n`);
    }
    return;
  }
  for (const { tenant, holds, batches, accesses, expired, destroyed, checkpoints, stamps, problems } of audits) {
    const made = `${checkpoints.count} checkpoints${checkpoints.last === undefined ? '' : `, the last at ${checkpoints.last}`}`;
    const seen =
      checkpoints.witnessed === undefined ? 'no witness' : `${checkpoints.witnessed} confirmed by the witness`;
    out.write(
      `${tenant}: ${holds ? 'whole' : 'BROKEN'}: ${accesses} accesses in ${batches} batches; ${made}; ${seen}${stampText(stamps)}\n`,
    );
    if (expired > 0) out.write(`  ${expired} of them are sealed and no longer shown: their time is over (retention)\n`);
    if (destroyed)
      out.write(
        `  ${destroyed.batches} batches before that were destroyed, at last ${destroyed.at}, by the receipts here\n`,
      );
    for (const problem of problems) out.write(`  ${problem}\n`);
  }
  const accesses = audits.reduce((sum, one) => sum + one.accesses, 0);
  const broken = audits.filter(({ holds }) => !holds).length;
  const verdict = broken === 0 ? 'all as it was sealed' : `${broken} of ${audits.length} clients BROKEN`;
  err.write(`${accesses} accesses checked in ${seconds.toFixed(1)} s: ${verdict}; vault key ${fingerprintOf(key)}\n`);
  if (folder === undefined)
    err.write('No checkpoint is kept off this machine: whoever owns it could rewrite them. Set checkpoints.folder.\n');
}

function stampText({ count, last, by, unchecked }: StampVerdict): string {
  if (unchecked > 0) return `; ${unchecked} time stamps not checked: name the authority's certificate (--tsa-ca)`;
  return count === 0 ? '' : `; stamped ${count} times, the last at ${last} by ${by}`;
}
