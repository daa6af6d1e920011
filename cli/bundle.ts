/** `cordon bundle`: what was done with one client's data in a range, as evidence that can be checked without us. */

import { readFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { resolve } from 'node:path';
import { Fault } from '../core/errors.ts';
import { packageRoot } from '../core/package-root.ts';
import { isoOf, parseInstant } from '../core/time.ts';
import type { TenantId } from '../core/types.ts';
import { type BundleSummary, writeBundle } from '../evidence/bundle.ts';
import { exporterKey } from '../evidence/exporter-key.ts';
import type { BundleReader } from '../evidence/reader.ts';
import { openStoreReader } from './bundle-reader.ts';
import { type Command, command, type Io } from './command.ts';
import { type Context, loadContext, tenantNamed } from './context.ts';
import { purposeOption } from './purpose-option.ts';

/** Opens the store as the tenant's reader, and closes it when the bundle is written. */
export type OpenReader = (context: Context, tenant: TenantId, io: Io) => Promise<BundleReader & AsyncDisposable>;

const options = {
  ...purposeOption,
  tenant: { type: 'string', value: 'CLIENT', help: 'whose data: the id of a client in the directory' },
  from: { type: 'string', value: 'TIME', help: '2026-03-04, 2026-03-04T09:15:00Z, or -7d' },
  to: {
    type: 'string',
    value: 'TIME',
    help: 'end of the range, not included; a date means the end of that day (default now)',
  },
  actor: { type: 'string', value: 'ID', help: 'only what this person or service did' },
  output: { type: 'string', short: 'o', value: 'FILE', help: 'the zip to write; it must not exist yet' },
  redact: { type: 'string', value: 'FILE', help: 'ids of accesses, one a line, to show as a hash only' },
} as const;

type Values = { readonly [Name in keyof typeof options]?: string | undefined };

export const bundleWith = (openReader: OpenReader): Command =>
  command({
    name: 'bundle',
    examples: [
      'cordon bundle --tenant acme --from 2026-03-01 --to 2026-03-31 -o acme.zip',
      'cordon bundle --tenant acme --from -7d --actor p17 -o acme-p17.zip',
      'cordon verify acme.zip',
    ],
    options,

    async run({ values }, io) {
      const context = loadContext(values, io);
      const order = readOrder(values, context, io);
      await using reader = await openReader(context, order.tenant, io);
      const summary = await writeBundle({
        ...order,
        reader,
        key: exporterKey(context.config.data),
        by: `${userInfo().username}@${hostname()}`,
        tool: `cordon ${version()}`,
        at: isoOf(Date.now()),
        signal: io.signal,
      });
      const { out } = order;
      io.out.write(values.json === true ? `${JSON.stringify({ file: out, ...summary })}\n` : inWords(out, summary));
      // What could not be shown makes the bundle less than what was asked for.
      return summary.gaps.some(({ kind }) => kind === 'damaged' || kind === 'missing') ? 1 : 0;
    },
  });

export const bundle = bundleWith(openStoreReader);

function readOrder(values: Values, context: Context, io: Io) {
  const { directory } = context;
  const { tenant, from, to = 'now', actor, output, redact } = values;
  if (tenant === undefined || from === undefined || output === undefined) {
    throw new Fault('USAGE', 'write `cordon bundle --tenant CLIENT --from TIME [--to TIME] -o FILE`');
  }
  const now = Date.now();
  const zone = directory.firm.time_zone;
  const begin = parseInstant(from, { now, zone, edge: 'from' });
  const end = parseInstant(to, { now, zone, edge: 'to' });
  if (begin >= end) throw new Fault('USAGE', 'the range is empty: --from is not before --to');
  return {
    tenant: tenantNamed(context, tenant),
    from: isoOf(begin),
    until: isoOf(end),
    ...(actor === undefined ? {} : { actor }),
    ...(redact === undefined ? {} : { redact: idsIn(redact, io) }),
    out: resolve(io.cwd, output),
  };
}

function idsIn(file: string, io: Io): Set<string> {
  let text: string;
  try {
    text = readFileSync(resolve(io.cwd, file), 'utf8');
  } catch (error) {
    throw new Fault('USAGE', `${file} cannot be read; name a file with one access id a line`, {}, error);
  }
  const ids = text.split(/\s+/).filter((id) => id !== '');
  const wrong = ids.findIndex((id) => !/^[0-9a-f]{32}$/.test(id));
  // Nothing may stay readable because of a slip of the pen.
  if (wrong >= 0) throw new Fault('USAGE', `entry ${wrong + 1} of ${file} is no access id (32 hex digits)`);
  return new Set(ids);
}

function inWords(out: string, { accesses, records, redacted, streams, gaps, key }: BundleSummary): string {
  const batches = streams.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  return [
    `${out}: ${accesses} accesses with ${records} records, from ${batches} batches of ${streams.length} collectors\n`,
    redacted > 0 ? `${redacted} accesses are redacted\n` : '',
    ...gaps.map(({ source, kind, what }) => `known gap, ${source}, ${kind}: ${what}\n`),
    `signed with the key ${key}\n`,
    `check it with: cordon verify ${out}\n`,
  ].join('');
}

function version(): string {
  const { version: text } = JSON.parse(readFileSync(new URL('package.json', packageRoot), 'utf8')) as {
    version: string;
  };
  return text;
}
