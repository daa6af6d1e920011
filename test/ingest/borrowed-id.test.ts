/**
 * An attacker at one edge, with a valid key of a source of their own, who knows the id that another source's access has: what they land under it
 * hides nothing. What one source says twice still counts once.
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { accessId, actorId, tenantId } from '../../core/types.ts';
import { OpenDays } from '../../detectors/judge/day.ts';
import { LandLog } from '../../ingest/land-log.ts';
import { accessById } from '../../store/queries/access-by-id.ts';
import { accessPlaces } from '../../store/queries/access-places.ts';
import { accessesByIds } from '../../store/queries/accesses-by-ids.ts';
import { accessesExport } from '../../store/queries/accesses-export.ts';
import { countDays, judgeAccesses } from '../../store/queries/judge-accesses.ts';
import { timeline } from '../../store/queries/timeline.ts';
import { all } from '../../store/query.ts';
import { folder } from '../helpers/folder.ts';
import { openTestStore, type TestStore } from '../helpers/open-test-store.ts';
import { newStream, storedOf, vault } from '../helpers/vault.ts';

jest.setTimeout(120_000);
const signal = AbortSignal.timeout(110_000);
const acme = tenantId('acme');
const at = '2026-03-04T09:15:02.000Z';
const range = { from: Date.parse('2026-03-04'), until: Date.parse('2026-03-05') };
let opened: TestStore;
beforeAll(async () => {
  opened = await openTestStore('acme');
}, 60_000);
afterAll(async () => await opened[Symbol.asyncDispose]());

/** Of every reader, the objects that accesses with this id are of. */
async function seen(id: string): Promise<Record<string, string[]>> {
  const { store } = opened;
  const reader = store.client('read', acme);
  const objects = (found: readonly { id: string; object?: string | undefined }[]) =>
    found
      .filter((one) => one.id === id)
      .flatMap(({ object }) => object ?? [])
      .sort();
  const whole = { actor: '', object: '', limit: 10_000 };
  const judged = new OpenDays();
  for await (const accesses of judgeAccesses(store.client('judge', acme), 'acme', range, signal))
    for (const access of accesses) judged.add(access);
  const cells = [...(judged.days.get(range.from / 86_400_000)?.keys() ?? [])].flatMap((actor) =>
    judged.cells(range.from / 86_400_000, actor).flatMap((cell) => cell.accesses),
  );
  const places = await all(reader, accessPlaces, { ...range, actor: '' }, signal);
  return {
    export: objects(await all(reader, accessesExport, range, signal)),
    timeline: objects(
      await all(reader, timeline({ actor: undefined, object: undefined }), { ...range, ...whole }, signal),
    ),
    ids: objects(await all(reader, accessesByIds, { ids: [id], limit: 100 }, signal)),
    explain: objects(await all(reader, accessById, { id }, signal)),
    judge: objects(cells),
    places: places.filter((one) => one.id === id).map(() => 'a place'),
  };
}

const everywhere = (objects: readonly string[]) => ({
  ...{ export: objects, timeline: objects, ids: objects, explain: objects, judge: objects },
  places: objects.map(() => 'a place'),
});

test('an id that another source has used, landed first, hides nothing from any reader nor from the judge', async () => {
  using dir = folder();
  await using landLog = new LandLog(dir.path);
  const [victim, attacker] = [newStream(), newStream()];
  await using one = vault(opened.store, landLog, [victim, attacker]);
  const true_ = victim.access({ at, actor: actorId('p1'), object: '/srv/clients/acme/secret' });
  const forged = attacker.access({
    id: true_.id,
    at,
    actor: actorId('p1'),
    object: '/srv/clients/acme/harmless',
    seen_at: at,
  });
  await one.deliver(attacker.next([forged]));
  await one.deliver(victim.next([true_]));
  expect(await seen(true_.id)).toEqual(everywhere(['/srv/clients/acme/harmless', '/srv/clients/acme/secret']));
  const [day] = await countDays(opened.store.client('judge', acme), range, signal);
  expect(day?.accesses).toBe(2);
});

test('a batch whose accesses name another source is refused, whole', async () => {
  using dir = folder();
  await using landLog = new LandLog(dir.path);
  const [victim, attacker] = [newStream(), newStream()];
  await using one = vault(opened.store, landLog, [victim, attacker]);
  await one.deliver(attacker.next([attacker.access({ source: victim.collector })]), attacker.next(1));
  expect([...landLog.dead()].map(({ reason }) => reason)).toEqual(['it holds an access of another source']);
  expect((await storedOf(opened.store, attacker)).batches).toEqual([1]);
});

test('what one source says under two numbers, as after a repaired spool, is one access', async () => {
  using dir = folder();
  await using landLog = new LandLog(dir.path);
  const stream = newStream();
  await using one = vault(opened.store, landLog, [stream]);
  const id = accessId('d'.repeat(32));
  const twice = () => stream.access({ id, at, actor: actorId('p2'), object: '/srv/clients/acme/once' });
  await one.deliver(stream.next([twice()]), stream.next([twice()]));
  expect((await storedOf(opened.store, stream)).accesses).toEqual([
    [0, 1],
    [1, 1],
  ]);
  expect(await seen(id)).toEqual(everywhere(['/srv/clients/acme/once']));
});
