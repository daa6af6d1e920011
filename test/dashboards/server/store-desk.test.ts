/** The desk over a real store that holds the demo's firm, imported and judged by the real verbs. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { playDemo } from '../../../cli/demo/play.ts';
import { writeDemoFirm } from '../../../cli/demo/write.ts';
import { loadConfig } from '../../../core/config.ts';
import { loadDirectory } from '../../../core/directory/directory.ts';
import { createOpener } from '../../../core/envelope.ts';
import { createExplainer } from '../../../core/explain.ts';
import { readFactFile } from '../../../core/fact-lines.ts';
import { createLog } from '../../../core/log.ts';
import { tenantId } from '../../../core/types.ts';
import type { AlertView } from '../../../dashboards/server/api.ts';
import { accessesPerPage, type Desk, type Span } from '../../../dashboards/server/desk.ts';
import { recordView } from '../../../dashboards/server/reading.ts';
import { storeDesk } from '../../../dashboards/server/store-desk.ts';
import { FileKeys } from '../../../ingest/keys/file-keys.ts';
import { openStore, type Store } from '../../../store/index.ts';
import { saveFindings } from '../../../store/queries/findings.ts';
import { captured } from '../../cli/captured.ts';
import { type Folder, folder } from '../../helpers/folder.ts';

const day = 86_400_000;
const signal = AbortSignal.timeout(400_000);
const now = Date.now();
const whole: Span = { from: now - 60 * day, until: now + day };

let home: Folder;
let store: Store;
let desk: Desk;
beforeAll(async () => {
  home = folder();
  const { config: file } = writeDemoFirm(home.path, { seed: 1, now });
  await playDemo(home.path, { signal, speed: 1e9, now: () => now });
  for (const verb of [['import', '--all'], ['judge']]) {
    const { code, err } = await captured([...verb, '--config', file], { signal });
    if (code !== 0) throw new Error(`cordon ${verb.join(' ')}: ${err}`);
  }
  const config = loadConfig(file);
  const directory = loadDirectory(config.directory);
  const facts = readFactFile(config.facts ?? '', directory.firm.time_zone).map(({ fact }) => fact);
  const explainer = createExplainer(directory, facts);
  const tenants = [...directory.clients.keys()];
  store = await openStore({ config, dataDir: config.data, tenants, log: createLog('silent'), signal, mode: 'own' });
  desk = storeDesk({
    store,
    opener: createOpener([new FileKeys(config.data)]),
    directory,
    explainer: () => explainer,
    now: () => now,
  });
}, 400_000);
afterAll(async () => {
  await store[Symbol.asyncDispose]();
  home[Symbol.dispose]();
});

async function theAlert(): Promise<AlertView> {
  const { alerts } = await desk.alerts({}, undefined, signal);
  const found = alerts.find(({ clients }) => clients.length === 1);
  const alert = found && (await desk.alert(found.id, signal));
  if (!alert) throw new Error('the demo raised no alert about one client');
  return alert;
}

test('alerts are sentences with names, newest day first', async () => {
  const { alerts, next } = await desk.alerts({}, undefined, signal);
  expect(alerts.length).toBeGreaterThan(1);
  expect(next).toBeUndefined();
  expect(alerts.map(({ raised_at }) => raised_at)).toEqual(
    alerts
      .map(({ raised_at }) => raised_at)
      .sort()
      .reverse(),
  );
  const { sentence, actor, clients } = await theAlert();
  expect(sentence).toMatch(new RegExp(`^${actor?.name} .* of ${clients[0]?.name}; no assignment explains it\\.$`));
});

test('an alert lists the very accesses behind it, in order', async () => {
  const alert = await theAlert();
  expect(alert.listed).toHaveLength(alert.accesses);
  expect(alert.listed.map(({ at }) => at)).toEqual(alert.listed.map(({ at }) => at).sort());
  expect(alert.listed.filter(({ explained_by }) => explained_by !== null)).toEqual([]);
});

test('pages of a timeline join without a gap or a repeat', async () => {
  const tenant = tenantId((await theAlert()).clients[0]?.id ?? '');
  const ids: string[] = [];
  let after: string | undefined;
  do {
    const page = await desk.timeline(tenant, whole, after, signal);
    expect(page.accesses.length).toBeLessThanOrEqual(accessesPerPage);
    ids.push(...page.accesses.map(({ id }) => id));
    after = page.next;
  } while (after !== undefined);
  const { total } = await desk.density(tenant, whole, signal);
  expect([ids.length, new Set(ids).size]).toEqual([total, total]);
  expect(total).toBeGreaterThan(accessesPerPage);
});

test('a drawing counts what the table lists, and says what nothing explains', async () => {
  const alert = await theAlert();
  const tenant = tenantId(alert.clients[0]?.id ?? '');
  const density = await desk.density(tenant, whole, signal);
  expect(density.marks).toHaveLength(density.total);
  const row = density.rows.find(({ id }) => id === alert.actor?.id);
  expect(row).toMatchObject({ name: alert.actor?.name, unexplained: alert.accesses });
  const only = await desk.density(tenant, { ...whole, actor: alert.listed[0]?.actor }, signal);
  expect(only.rows.map(({ id }) => id)).toEqual([alert.actor?.id]);
});

test('people who work for the client have bands, the one of the alert has none', async () => {
  const alert = await theAlert();
  const bands = await desk.bands(tenantId(alert.clients[0]?.id ?? ''), whole, signal);
  expect(bands.filter(({ row }) => row === alert.actor?.id)).toEqual([]);
  expect(bands.map(({ kind }) => kind)).toContain('assignment');
});

test('a record comes out of its sealed batch, byte for byte', async () => {
  const [access] = (await theAlert()).listed;
  if (!access) throw new Error('the alert lists nothing');
  const sealed = await desk.record(access.tenant, access.id, signal);
  if (!sealed) throw new Error('the record is not there');
  const view = recordView(sealed);
  expect(view.proof).toEqual({
    collector: access.collector,
    seq: access.seq,
    index: access.index,
    records_sha256: access.records_sha256,
    matches: true,
  });
  expect(view.raw[0]?.text).toContain(access.account);
});

test('an unexplained access says what was looked for', async () => {
  const [access] = (await theAlert()).listed;
  if (!access) throw new Error('the alert lists nothing');
  const answer = await desk.explain(access.tenant, access.id, signal);
  expect(answer?.verdicts.map(({ question, explained }) => [question, explained])).toEqual([
    ['then', false],
    ['as_known_then', false],
    ['as_known_now', false],
  ]);
  expect(answer?.looked_for).toContain('no assignment held at that moment');
});

test('what another client holds is not there', async () => {
  const [access] = (await theAlert()).listed;
  if (!access) throw new Error('the alert lists nothing');
  const other = store.tenants.find((tenant) => tenant !== access.tenant && tenant !== '_unattributed');
  if (!other) throw new Error('the demo has one client only');
  expect(await desk.record(other, access.id, signal)).toBeUndefined();
  expect(await desk.explain(other, access.id, signal)).toBeUndefined();
  expect(desk.client(tenantId('nosuch'))).toBeUndefined();
});

test('a client reaches from its first day to its last', async () => {
  const tenant = tenantId((await theAlert()).clients[0]?.id ?? '');
  const extent = await desk.extent(tenant, signal);
  const { marks = [] } = await desk.density(tenant, whole, signal);
  expect(extent?.from).toBeLessThanOrEqual(Date.parse(marks[0]?.at ?? ''));
  expect(extent?.until).toBeGreaterThanOrEqual(Date.parse(marks.at(-1)?.at ?? ''));
});

test('a next that nobody gave is a bad question', async () => {
  const tenant = store.tenants[1] ?? tenantId('');
  await expect(desk.timeline(tenant, whole, "1' OR 1", signal)).rejects.toMatchObject({ code: 'USAGE' });
});

test('silences and holes in record numbers are gaps: of every client, or of the one they are about', async () => {
  const [here, other] = store.tenants.filter((tenant) => tenant !== '_unattributed');
  if (here === undefined || other === undefined) throw new Error('the demo has too few clients');
  const said = (detector: string, tenants: string[], because: string) => ({
    ...{ detector, actor: 'source:win3', tenants, day: '2020-03-05', basis: 'fact' as const, score: 9, limit: 2 },
    ...{ severity: 'high' as const, because, accesses: [], decidedAt: now },
  });
  const holes =
    '3 numbers of FS3/Security never came, after 1 and before 5, written 2020-03-04 23:10:02 to 2020-03-05 01:00:00 UTC';
  const findings = [
    said('record-gap', [], holes),
    said('log-silence', [here], '0 accesses in 4 hours from 09:00 UTC (300 are usual)'),
    said('surge', [here], '0 accesses in 4 hours from 09:00 UTC (300 are usual)'),
  ];
  await saveFindings(store.firm('judge'), findings, now, signal);
  const asked = (from: string, until: string) => ({ from: Date.parse(from), until: Date.parse(until) });
  const march = asked('2020-03-01', '2020-04-01');
  const gaps = await desk.gaps(here, march, signal);
  expect(gaps.map(({ kind, about_client, from, until }) => [kind, about_client, from, until])).toEqual([
    ['numbers', false, '2020-03-04T23:10:02.000Z', '2020-03-05T01:00:01.000Z'],
    ['silent', true, '2020-03-05T09:00:00.000Z', '2020-03-05T13:00:00.000Z'],
  ]);
  expect((await desk.gaps(other, march, signal)).map(({ kind }) => kind)).toEqual(['numbers']);
  // Stated on the day after the hole's end: whoever asks for the day of the hole sees it.
  expect(await desk.gaps(other, asked('2020-03-04', '2020-03-05'), signal)).toHaveLength(1);
  expect(await desk.gaps(other, asked('2020-03-06', '2020-04-01'), signal)).toEqual([]);
});
