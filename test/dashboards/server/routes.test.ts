import { describe, expect, test } from '@jest/globals';
import { Fault } from '../../../core/errors.ts';
import type { AccessPage, AlertList, AlertView, RecordView, Timeline } from '../../../dashboards/server/api.ts';
import { accessesPerPage, bucketsAcross, type Desk, marksMax } from '../../../dashboards/server/desk.ts';
import type { Viewer } from '../../../dashboards/server/policy.ts';
import { currentReader, type Reader } from '../../../store/reads/reader.ts';
import { memoryDesk } from '../memory-desk.ts';
import { answer, ask, signedIn, start } from './page-under-test.ts';

describe('who may see what', () => {
  const globexOnly: Viewer = { clients: new Set(['globex']) };

  test('a client of others and a client that does not exist get the same answer', async () => {
    await using page = await start();
    const me = await signedIn(page, globexOnly);
    const [others, none, noName] = await Promise.all(
      ['acme', 'nosuch', 'NOT-A-NAME'].map((id) => ask(page, `/api/clients/${id}/timeline`, me)),
    );
    expect(others?.status).toBe(404);
    expect([none?.status, none?.text]).toEqual([others?.status, others?.text]);
    expect([noName?.status, noName?.text]).toEqual([others?.status, others?.text]);
  });

  test('an alert that names a client of others is not listed and not told', async () => {
    await using page = await start();
    const me = await signedIn(page, globexOnly);
    expect((await answer<AlertList>(page, '/api/alerts', me)).alerts).toEqual([]);
    const hidden = await ask(page, '/api/alerts/00c0ffee00000002', me);
    const none = await ask(page, '/api/alerts/ffffffffffffffff', me);
    expect([hidden.status, hidden.text]).toEqual([404, none.text]);
  });

  test('nobody reads the alerts about themselves', async () => {
    await using page = await start();
    const me = await signedIn(page, { clients: 'all', person: 'p1' });
    const { alerts } = await answer<AlertList>(page, '/api/alerts', me);
    expect(alerts.map(({ actor }) => actor?.id)).toEqual(['p2', 'p5', undefined]);
  });

  test.each([
    [new Fault('STORE_UNREACHABLE', 'the store of Globex Marine is away'), 503],
    [new Fault('STORE_REFUSED', 'no grant for Globex Marine'), 503],
    [new Fault('NOT_FOUND', 'no such access of Globex Marine'), 404],
    [new Error('Globex Marine broke'), 500],
  ])('%s is answered without a name', async (failure, status) => {
    const before = () => {
      throw failure;
    };
    await using page = await start({}, { before });
    const reply = await ask(page, '/api/alerts', await signedIn(page));
    expect(reply.status).toBe(status);
    expect(reply.text).not.toMatch(/globex/i);
  });
});

describe('the answers', () => {
  test('an alert has its sentence, its reasons and what is not known', async () => {
    await using page = await start();
    const alert = await answer<AlertView>(page, '/api/alerts/00c0ffee00000001', await signedIn(page));
    expect(alert.sentence).toBe('Ana Chan opened 41 documents of Acme Holdings; no assignment explains it.');
    expect([alert.because.length, alert.unknown.length, alert.listed.length]).toEqual([3, 1, 41]);
  });

  test('a timeline without a span is the last fortnight there is', async () => {
    await using page = await start();
    const timeline = await answer<Timeline>(page, '/api/clients/acme/timeline', await signedIn(page));
    expect([timeline.from, timeline.until]).toEqual(['2026-03-02T02:00:00.000Z', '2026-03-08T03:00:00.000Z']);
    expect(timeline.marks).toHaveLength(timeline.total);
  });

  test('a long timeline is counted in buckets, a bounded number of them', async () => {
    await using page = await start({}, { repeat: 30 });
    const timeline = await answer<Timeline>(page, '/api/clients/acme/timeline', await signedIn(page));
    expect(timeline.total).toBeGreaterThan(marksMax);
    expect(timeline.marks).toBeUndefined();
    expect(timeline.buckets?.length).toBeLessThanOrEqual(bucketsAcross * timeline.rows.length);
    expect(timeline.buckets?.reduce((sum, { count }) => sum + count, 0)).toBe(timeline.total);
  });

  test('accesses come in pages that leave none out', async () => {
    await using page = await start();
    const me = await signedIn(page);
    const ids: string[] = [];
    let after = '';
    do {
      const path = `/api/clients/acme/accesses?from=2026-03-01T00:00:00Z&until=2026-03-09T00:00:00Z${after}`;
      const { accesses, next } = await answer<AccessPage>(page, path, me);
      expect(accesses.length).toBeLessThanOrEqual(accessesPerPage);
      ids.push(...accesses.map(({ id }) => id));
      after = next ? `&after=${encodeURIComponent(next)}` : '';
    } while (after);
    const { total } = await answer<Timeline>(page, '/api/clients/acme/timeline', me);
    expect(new Set(ids).size).toBe(total);
  });

  test.each([
    [
      'a span that ends before it begins',
      '/api/clients/acme/timeline?from=2026-03-02T00:00:00Z&until=2026-03-01T00:00:00Z',
    ],
    ['a time that is none', '/api/clients/acme/accesses?from=yesterday&until=2026-03-01T00:00:00Z'],
    ['a state that is none', '/api/alerts?state=angry'],
    ['a question nobody knows', '/api/alerts?limit=100000'],
  ])('%s is a bad question', async (_, path) => {
    await using page = await start();
    expect((await ask(page, path, await signedIn(page))).status).toBe(400);
  });

  test('a record that is not what was sealed says so', async () => {
    await using page = await start();
    const me = await signedIn(page);
    const alert = await answer<AlertView>(page, '/api/alerts/00c0ffee00000002', me);
    const view = await answer<RecordView>(page, `/api/clients/globex/accesses/${alert.listed[0]?.id}/record`, me);
    expect(view.proof.matches).toBe(false);
    expect(view.raw).toEqual([{ base64: '//4AQQ==', bytes: 4 }]);
  });
});

test('what is read for a page is read as the session, and for that page', async () => {
  const seen: Reader[] = [];
  const desk = memoryDesk({});
  const spying: Desk = {
    ...desk,
    alerts(...asked) {
      seen.push(currentReader());
      return desk.alerts(...asked);
    },
  };
  await using page = await start({ desk: spying });
  await answer<AlertList>(page, '/api/alerts', await signedIn(page));
  await answer<AlertList>(page, '/api/alerts', await signedIn(page, { clients: 'all', person: 'p1' }));
  expect(seen).toEqual([
    { who: expect.stringMatching(/^session [0-9a-f]{12}$/), kind: 'person', purpose: '/api/alerts' },
    { who: 'p1', kind: 'person', purpose: '/api/alerts' },
  ]);
});
