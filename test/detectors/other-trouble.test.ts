/** Kinds of trouble that a count of one client's objects does not show: each in a small firm, through the whole judge. */
import { describe, expect, test } from '@jest/globals';
import type { Directory } from '../../core/directory/directory.ts';
import type { Fact } from '../../core/facts.ts';
import type { JudgedAccess } from '../../core/scene.ts';
import { actorId, tenantId } from '../../core/types.ts';
import { access, assigned, candidateOf, dayMs, directoryOf, firstDay, hour, judged, workdays } from './small-firm.ts';

/** A Thursday, with a day after it. */
const trouble = firstDay + 31;
const life = workdays(33);
/** p0 works for globex too. */
const both: Fact[] = [
  ...assigned,
  {
    id: 'both',
    op: 'assign',
    recordedAt: 0,
    person: actorId('p0'),
    client: tenantId('globex'),
    matter: undefined,
    from: 0,
    to: undefined,
  },
];
const found = (more: readonly JudgedAccess[], facts = assigned, actor = 'p0', directory = directoryOf()) =>
  candidateOf(judged([...life, ...more], directory, facts), actor, trouble);

describe('a copy from one client into another', () => {
  const copies = (n: number, read: Partial<JudgedAccess>, write: Partial<JudgedAccess>) =>
    Array.from({ length: n }, (_, i) => [
      access('p0', 'acme', hour(trouble, 19) + i * 20_000, { object: `/acme/own${i}.docx`, ...read }),
      access('p0', 'globex', hour(trouble, 19) + i * 20_000 + 5_000, {
        object: `/globex/new${i}.bin`,
        action: 'write',
        ...write,
      }),
    ]).flat();

  test('under other names is seen by reading here and writing there in turns', () => {
    const candidate = found(copies(12, {}, {}), both);
    expect(candidate?.detectors).toContain('copy-across');
    expect(candidate?.because.join()).toContain('in turns and under other names');
  });

  test('is not seen in two pieces of work that overlap', () => {
    const work = copies(12, {}, {}).map((one, i) => ({ ...one, action: i % 3 === 0 ? 'write' : 'read' }) as const);
    expect(found(work, both)?.detectors ?? []).not.toContain('copy-across');
  });

  test('under other names is seen by its size, where the source tells it, whatever lies between', () => {
    const sized = [0, 1, 2].flatMap((i) => {
      const [read, write] = copies(1, { bytes: 700_001 + i, object: `/acme/s${i}` }, { bytes: 700_001 + i }) as [
        JudgedAccess,
        JudgedAccess,
      ];
      const at = i * 400_000;
      return [
        { ...read, at: read.at + at },
        { ...write, at: write.at + at + 200_000, object: `/globex/s-${i}.bin` },
      ];
    });
    expect(found(sized, both)?.because.join()).toContain('of the same size');
    const other = sized.map((one) => (one.action === 'write' ? { ...one, bytes: 5 } : one));
    expect(found(other, both)?.detectors ?? []).not.toContain('copy-across');
  });
});

test('a client searched for by name and opened is one finding; the search alone is none', () => {
  const search = access('p0', '_unattributed', hour(trouble, 12), { action: 'search', object: 'globex holdings' });
  const opened = [1, 2, 3].map((i) => access('p0', 'globex', hour(trouble, 12) + i * 60_000));
  expect(found([search, ...opened])?.detectors).toContain('searched-names');
  expect(found([search])?.detectors ?? []).not.toContain('searched-names');
});

test('uses of links that nobody is known to have shared are said of the guest; of a known one, of who shared it', () => {
  const uses = (account: string) =>
    Array.from({ length: 40 }, (_, i) => ({
      ...access('p0', 'acme', hour(trouble, 12) + i * 60_000, { object: '/acme/linked', account, country: 'GB' }),
      actor: undefined,
      actor_kind: 'unknown' as const,
    }));
  expect(found(uses('anonymous'), assigned, 'anonymous')?.because.join()).toContain('40 uses');
  const share = access('p0', 'acme', hour(trouble, 11), { action: 'share', object: '/acme/linked' });
  expect(found([share, ...uses('anonymous')], assigned, 'anonymous')?.detectors ?? []).not.toContain(
    'external-sharing',
  );
  expect(found([share, ...uses('anonymous')])?.because.join()).toContain('40 uses of links');
});

test('a journey abroad is contradicted by an office’s own network, unless something comes from there', () => {
  const journey: Fact = {
    id: 'journey',
    op: 'travel',
    recordedAt: 0,
    person: actorId('p0'),
    country: 'BR',
    from: (trouble - 2) * dayMs,
    to: (trouble + 3) * dayMs,
  };
  const offices: Directory['offices'] = new Map([
    [
      'lon',
      {
        id: 'lon',
        name: 'London',
        country: 'GB',
        time_zone: 'UTC',
        networks: ['10.0.0.0/16'],
        vpn: [],
        holidays: new Set(),
      },
    ],
  ]) as never;
  const directory = { ...directoryOf(), offices };
  const facts = [...assigned, journey];
  expect(found([], facts, 'p0', directory)?.because.join()).toContain('while a recorded journey is in BR');
  const login = access('p0', 'acme', hour(trouble, 12), { ip: '198.51.100.9', country: 'BR' });
  expect(found([login], facts, 'p0', directory)?.because.join() ?? '').not.toContain('recorded journey');
});

test('the first prints of a person, where nobody prints, stand out among as many reads', () => {
  const prints = (action: 'print' | 'read') =>
    Array.from({ length: 40 }, (_, i) => access('p0', 'acme', hour(trouble, 12) + i * 60_000, { action }));
  expect(found(prints('print'))?.detectors).toContain('first-action');
  expect(found(prints('read'))).toBeUndefined();
});

test('a service that only ever writes reads, from its own host', () => {
  const services: Directory['services'] = new Map([
    [
      actorId('svc'),
      { id: actorId('svc'), job: 'scanner', hosts: [], networks: [], hours: undefined, accounts: new Map() },
    ],
  ]) as never;
  const directory = { ...directoryOf(), services };
  const run = (day: number, action: 'read' | 'write') =>
    Array.from({ length: 20 }, (_, i) =>
      access('svc', 'acme', hour(day, 10) + i * 60_000, { action, actor_kind: 'service' }),
    );
  const writes = Array.from({ length: 31 }, (_, n) => run(firstDay + n, 'write')).flat();
  expect(found([...writes, ...run(trouble, 'read')], assigned, 'svc', directory)?.detectors).toEqual([
    'service-off-script',
  ]);
  expect(found([...writes, ...run(trouble, 'write')], assigned, 'svc', directory)).toBeUndefined();
});

test('forty objects at three in the morning stand out although they are the person’s own client’s', () => {
  const night = (h: number) =>
    Array.from({ length: 40 }, (_, i) =>
      access('p0', 'acme', hour(trouble, h) + i * 60_000, { object: `/acme/o${i}` }),
    );
  expect(found(night(3))?.detectors).toContain('odd-hour');
  expect(found(night(13))).toBeUndefined();
});

test('whoever comes back to a former client weeks after the handover is told apart from whoever was never there', () => {
  const once: Fact[] = [
    { ...(both.at(-1) as Fact & { op: 'assign' }), id: 'once', to: (trouble - 12) * dayMs } as Fact,
  ];
  const visit = Array.from({ length: 6 }, (_, i) => access('p0', 'globex', hour(trouble, 12) + i * 60_000));
  const former = found(visit, [...assigned, ...once]);
  expect(former?.detectors).toContain('former-client');
  expect(former?.because.join()).toContain('ended 13 days ago');
  expect(found(visit)?.detectors).not.toContain('former-client');
});
