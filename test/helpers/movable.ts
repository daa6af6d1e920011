/** A client with something in each of its tables, in a firm that has a server ready for it alone; and what lies where. */
import { mkdirSync } from 'node:fs';
import { CheckpointMaker } from '../../cli/checkpoints.ts';
import { loadContext } from '../../cli/context.ts';
import { openEnd } from '../../cli/move-ends.ts';
import { createLog } from '../../core/log.ts';
import { tenantId } from '../../core/types.ts';
import { addressOf } from '../../store/elsewhere.ts';
import { movedTables } from '../../store/move-content.ts';
import { saveFindings } from '../../store/queries/findings.ts';
import { saveLessonRows } from '../../store/queries/lessons.ts';
import { saveTimeStamp } from '../../store/queries/time-stamps.ts';
import { captured } from '../cli/captured.ts';
import { type Front, openFront } from './front.ts';
import { openAt } from './open-test-store.ts';
import { type OwnServer, ownServer } from './own-server.ts';
import { Stream } from './stream.ts';
import { honestBatch, landAll, type VaultFirm, vaultFirm } from './vault-firm.ts';

export const acme = tenantId('acme');

export interface Movable extends AsyncDisposable {
  readonly firm: VaultFirm;
  /** Of the server that acme may have for itself. */
  readonly url: string;
  readonly server: OwnServer;
  /** Batches go on from here. */
  readonly streams: readonly Stream[];
  /** Where acme is to be stored from now on. */
  configure(where: 'here' | 'there'): void;
  cordon(...args: string[]): ReturnType<typeof captured>;
  context(): ReturnType<typeof loadContext>;
  /** How many days accesses of acme are kept. */
  kept(where: 'here' | 'there'): Promise<number | undefined>;
  /** All of acme, each table's rows as text, in order; `undefined`: no database. */
  lies(where: 'here' | 'there'): Promise<Readonly<Record<string, readonly string[]>> | undefined>;
}

const signal = () => AbortSignal.timeout(300_000);

export async function movable(): Promise<Movable> {
  const firm = vaultFirm({ acme: '', globex: '' }, '', ['fs1', 'pg1']);
  mkdirSync(firm.file('witness'));
  const front: Front = await openFront();
  const common = 'checkpoints: { folder: ./witness }\n';
  const configure = (where: 'here' | 'there'): void =>
    firm.write(
      { acme: ', retention: 4000d', globex: '' },
      where === 'here' ? common : `${common}tenants: { acme: { store: { url: "${front.url}" } } }\n`,
    );
  configure('here');
  const streams = [new Stream('fs1', 'acme'), new Stream('pg1', 'acme')];
  await fill(firm, streams);
  const server = await ownServer(firm.data, firm.file('server'), [acme], (users) => users, front.url);
  front.to(Number(new URL(server.url).port));
  const context = () => loadContext({ config: firm.file('cordon.yaml') }, { env: {}, cwd: firm.path } as never);
  const opened = (where: 'here' | 'there') => {
    const own = addressOf({ url: front.url, ca_file: undefined, cluster: undefined });
    const place = where === 'there' ? own : undefined;
    return openEnd(context(), { tenant: acme, place }, { mode: 'attach', makes: false }, signal());
  };
  return {
    firm,
    url: front.url,
    server,
    streams,
    configure,
    context,
    cordon: (...args) => captured(args, { cwd: firm.path, signal: signal() }),
    async kept(where) {
      await using end = await opened(where);
      return (await end.tables.kept(signal())).get(acme)?.retention.file;
    },
    async lies(where) {
      await using end = await opened(where);
      if (!end.tenants.includes(acme)) return undefined;
      const found: Record<string, string[]> = {};
      for (const { name, readsAs, replaces } of movedTables) {
        const columns = await end.tables.moving(acme).columns(name, signal());
        const query = `SELECT ${columns.map((one) => `"${one}"`).join(', ')} FROM ${name} ${replaces ? 'FINAL' : ''}`;
        const answer = await end.client(readsAs, acme).query({ query, format: 'JSONStringsEachRow' });
        found[name] = (await answer.json<object>()).map((row) => JSON.stringify(row)).sort();
      }
      return found;
    },
    async [Symbol.asyncDispose]() {
      front.close();
      await server[Symbol.asyncDispose]();
      firm[Symbol.dispose]();
    },
  };
}

/** Several days, several pieces, a lander's claims, something in each table. */
async function fill({ data, file }: VaultFirm, streams: readonly Stream[]): Promise<void> {
  await using store = await openAt(data, 'acme', 'globex');
  let merge = 0;
  for (const stream of streams)
    for (const day of ['2026-03-04', '2026-03-05', '2026-04-01']) {
      const over = { at: `${day}T09:15:02.000Z`, seen_at: `${day}T09:15:03.000Z` };
      merge += 1;
      const claim = { lane: 'local', number: merge, lander: 'l1' };
      await landAll(store, [honestBatch(stream, 7, over), honestBatch(stream, 3, over)], signal(), claim);
    }
  await landAll(store, [honestBatch(new Stream('fs1', 'globex'))], signal());
  const judge = store.client('judge', acme);
  for (const version of [1_772_000_000_000, 1_772_000_001_000])
    await saveLessonRows(
      judge,
      [{ day: 20_500, state: `s${version}`, lesson: '{}', opened: [7, 9] }],
      version,
      signal(),
    );
  const finding = { day: '2026-03-04', detector: 'volume', actor: 'p1', tenants: ['acme'], basis: 'detector' };
  const more = { score: 1.5, limit: 1, severity: 'low', because: 'much', accesses: [], decidedAt: 1_772_000_000_000 };
  await saveFindings(judge, [{ ...finding, ...more } as never], 1, signal());
  const config = { data, bus: 'local', store: 'embedded', checkpoints: { every: '5m', folder: file('witness') } };
  const maker = new CheckpointMaker({ config: config as never, log: createLog('silent') }, store);
  await maker.tick(signal());
  await saveTimeStamp(store.client('witness', acme), { number: 0, at: 1_772_000_000_000, token: 'dG9rZW4=' }, signal());
}
