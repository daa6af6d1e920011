/** `cordon accesses`: every access a reader sees, with its raw records, as NDJSON. */

import { once } from 'node:events';
import { Fault } from '../core/errors.ts';
import { rawText } from '../core/records.ts';
import { parseInstant } from '../core/time.ts';
import type { TenantId } from '../core/types.ts';
import { accessesWithRaw } from '../store/raw-records.ts';
import { command, type Io } from './command.ts';
import { type Context, loadContext, storeOf, tenantNamed } from './context.ts';
import { goneIn, goneOf, goneText } from './keeping.ts';
import { openerOf } from './keyring.ts';
import { purposeOption } from './purpose-option.ts';

/** Written together: a write for each line would cost more than the line. */
const chunkCharsMax = 256 * 1024;

/** What the store can hold: 1900 to 2299. */
const beginning = Date.UTC(1900, 0, 1);
const end = Date.UTC(2299, 11, 31);

export const accesses = command({
  name: 'accesses',
  examples: [
    'cordon accesses --tenant acme --from -7d --json',
    "cordon accesses --all --json > accesses.ndjson  # each client's, read as that client's user",
  ],
  options: {
    ...purposeOption,
    tenant: { type: 'string', value: 'CLIENT', help: 'whose: the id of a client, or _unattributed' },
    all: { type: 'boolean', help: 'of all clients, one after the other' },
    from: { type: 'string', value: 'TIME', help: '2026-03-04, 2026-03-04T09:15:00Z, or -7d (default: all there is)' },
    to: { type: 'string', value: 'TIME', help: 'end of the range, not included; a date means the end of that day' },
  },

  async run({ values }, io) {
    const context = loadContext(values, io);
    const { directory } = context;
    const chosen = chosenOf(values, context);
    const clock = { now: Date.now(), zone: directory.firm.time_zone };
    const range = {
      from: values.from === undefined ? beginning : parseInstant(values.from, { ...clock, edge: 'from' }),
      until: values.to === undefined ? end : parseInstant(values.to, { ...clock, edge: 'to' }),
    };
    await using store = await storeOf(context, 'attach', io.signal);
    const opener = openerOf(context);
    const known = chosen ?? store.tenants;
    const gone = await goneOf(context.config, store, io.signal);
    for (const tenant of known) {
      await write(accessesWithRaw(store.client('read', tenant), { tenant, opener }, range, io.signal), io);
      for (const one of await goneIn(store, tenant, gone(tenant, clock.now), range, io.signal))
        io.err.write(`${tenant}: ${goneText(one)}\n`);
    }
    return 0;
  },
});

/** `undefined`: all of the store, also a client that has left the directory. */
function chosenOf(
  values: { tenant?: string | undefined; all?: boolean | undefined },
  context: Context,
): readonly TenantId[] | undefined {
  const { tenant, all } = values;
  if ((tenant === undefined) === (all !== true)) throw new Fault('USAGE', 'give --tenant CLIENT or --all, one of them');
  if (tenant === undefined) return undefined;
  return [tenantNamed(context, tenant)];
}

async function write(rows: ReturnType<typeof accessesWithRaw>, io: Io): Promise<void> {
  let chunk = '';
  for await (const { access, raw } of rows) {
    chunk += `${JSON.stringify({ ...access, raw: raw.map(rawText) })}\n`;
    if (chunk.length < chunkCharsMax) continue;
    await put(chunk, io);
    chunk = '';
  }
  await put(chunk, io);
}

async function put(chunk: string, { out, signal }: Io): Promise<void> {
  if (!out.write(chunk)) await once(out, 'drain', { signal });
}
