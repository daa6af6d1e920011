/** `cordon findings`: what each detector said of each scene, before it was fused. */
import type { Finding } from '../core/scene.ts';
import { isoOf } from '../core/time.ts';
import { tenantId } from '../core/types.ts';
import type { Store } from '../store/index.ts';
import { findingsOf } from '../store/queries/findings.ts';
import { command } from './command.ts';
import { loadContext, storeOf } from './context.ts';
import { rangeOf, rangeOptions } from './range.ts';

export const findings = command({
  name: 'findings',
  examples: ['cordon findings --from -7d', 'cordon findings --tenant acme --json', 'cordon findings --actor p17'],
  options: {
    ...rangeOptions,
    tenant: { type: 'string', value: 'CLIENT', help: 'only this client, read as its own reader' },
    actor: { type: 'string', value: 'ID', help: 'only about this person or service' },
  },

  async run({ values }, io) {
    const context = loadContext(values, io);
    const { days } = rangeOf(values, context);
    await using store = await storeOf(context, 'attach', io.signal);
    const found = await read(store, values.tenant, days, io.signal);
    const asked = found.filter(({ actor }) => values.actor === undefined || actor === values.actor);
    for (const finding of asked.sort((a, b) => b.score - a.score)) {
      const { decidedAt, ...rest } = finding;
      io.out.write(
        values.json === true ? `${JSON.stringify({ ...rest, decided_at: isoOf(decidedAt) })}\n` : inWords(finding),
      );
    }
    if (values.json !== true) io.err.write(`${asked.length} findings\n`);
    return 0;
  },
});

/** A client's findings come from its own database; those that span clients, from the firm's. */
async function read(
  store: Store,
  tenant: string | undefined,
  days: { from: string; until: string },
  signal: AbortSignal,
): Promise<Finding[]> {
  const spanning = await findingsOf(store.firm('read'), days, signal);
  if (tenant !== undefined) {
    const own = await findingsOf(store.client('read', tenantId(tenant)), days, signal);
    return [...own, ...spanning.filter(({ tenants }) => tenants.includes(tenant))];
  }
  const all = [...spanning];
  for (const id of store.tenants) all.push(...(await findingsOf(store.client('read', id), days, signal)));
  return all;
}

function inWords({ day, score, detector, actor, tenants, because }: Finding): string {
  return `${day}  ${score.toFixed(1).padStart(4)}  ${detector.padEnd(20)} ${actor ?? 'several people'}  ${tenants.join(', ')}  ${because}\n`;
}
