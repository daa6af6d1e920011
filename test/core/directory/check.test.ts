import { describe, expect, test } from '@jest/globals';
import { checkDirectory } from '../../../core/directory/check.ts';
import { writtenFile } from './written-directory.ts';

const surroundings = {
  sources: new Map([
    ['fs1', { collector: 'samba' }],
    ['pg1', { collector: 'pgaudit' }],
  ]),
  collectors: [
    { name: 'samba', caseless: false },
    { name: 'pgaudit', caseless: false },
    { name: 'm365', caseless: true },
  ],
};
const firm = 'firm: { name: F, time_zone: UTC }\n';
const problemsOf = (text: string): string[] => {
  const file = writtenFile(firm + text);
  return checkDirectory(file, surroundings).problems.map(({ level, where, message }) =>
    `${level} ${where} ${message}`.replaceAll(file, 'f'),
  );
};
const client = (id: string, ...resources: string[]) =>
  `  - { id: ${id}, name: ${id}, resources: [${resources.map((resource) => `{ ${resource} }`).join(', ')}] }\n`;

describe('a glob that matches two clients is an error that shows an object both match:', () => {
  test.each([
    ['collector: samba, path: "/srv/acme/**"', 'collector: samba, path: "/srv/acme/**"', '/srv/acme'],
    ['collector: samba, path: "/srv/*/acme/**"', 'collector: samba, path: "/srv/clients/**"', '/srv/clients/acme'],
    ['collector: samba, path: "/srv/a*c/**"', 'source: fs1, path: "/srv/ab*/**"', '/srv/abc'],
    ['collector: samba, path: "/srv/acme/**"', 'collector: samba, path: "**/acme/**"', '/srv/acme'],
    ['collector: samba, path: "/srv/{x,acme}/**"', 'collector: samba, path: "/srv/acm?/**"', '/srv/acme'],
    ['collector: samba, path: "/srv/acme/**"', 'collector: samba, path: "**"', '/srv/acme'],
    ['collector: m365, site: "/sites/ACME-*"', 'collector: m365, site: "/sites/acme-tax"', '/sites/acme-tax'],
    ['source: pg1, schema: "cl_a*"', 'collector: pgaudit, schema: cl_acme', 'cl_acme'],
  ])('%s and %s', (one, other, witness) => {
    const problems = problemsOf(`clients:\n${client('acme', one)}${client('globex', other)}`);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^error f:4:\d+ .*\(globex\) and .*\(acme, f:3:\d+\) both match/);
    expect(problems[0]).toContain(`both match \`${witness}`);
  });

  test.each([
    ['collector: samba, path: "**/Clients/1042 */**"', 'collector: samba, path: "**/Clients/2077 */**"'],
    ['collector: samba, path: "/srv/51623_*/**"', 'collector: samba, path: "/srv/21420_*/**"'],
    ['collector: samba, path: "/srv/acme/**"', 'collector: samba, path: "/srv/acme2/**"'],
    ['collector: samba, path: "/srv/acme/**"', 'collector: samba, path: "/srv/ACME/**"'],
    ['collector: samba, path: "/srv/acme/**"', 'collector: m365, path: "/srv/acme/**"'],
    ['source: pg1, schema: cl_acme', 'source: pg1, database: cl_acme'],
    ['collector: m365, site: "/sites/acme-*"', 'collector: m365, site: "/sites/globex-*"'],
    ['collector: samba, path: "**/a*b/x/**"', 'collector: samba, path: "**/a*c/x/**"'],
  ])('but %s and %s do not', (one, other) => {
    expect(problemsOf(`clients:\n${client('acme', one)}${client('globex', other)}`)).toEqual([]);
  });
});

describe('is found:', () => {
  const acme = client('acme', 'collector: samba, path: /a');
  test.each([
    [
      'an account of two people',
      `people:\n  - { id: p1, name: A, accounts: { samba: jo } }\n  - { id: p2, name: B, accounts: { samba: [x, JO] } }`,
      ["error f:4:47 the samba account `JO` is also p1's (f:3:43); it will name nobody"],
    ],
    ['an id twice', `clients:\n${acme}${acme}`, ['error f:4:11 there is another client `acme` at f:3:11']],
    [
      'a person and a service of one id',
      'people: [{ id: x, name: X, accounts: { "*": a } }]\nservices: [{ id: x, job: j, accounts: { "*": b } }]',
      ['error f:3:18 there is another person or service `x` at f:2:16'],
    ],
    [
      'an office, a manager that are not there',
      'offices: [{ id: lon, time_zone: UTC }]\npeople: [{ id: p1, name: A, office: lno, manager: p9, accounts: { "*": a } }]',
      [
        'error f:3:37 there is no office `lno`; did you mean `lon`?',
        'error f:3:51 there is no person `p9`; did you mean `p1`?',
      ],
    ],
    [
      'a barrier of a client with itself, and with nobody',
      `clients:\n${acme}barriers: [{ between: [acme, acme] }, { between: [acme, zzzz] }]`,
      [
        'error f:4:23 a barrier stands between two clients, not `acme` and itself',
        'error f:4:57 there is no client `zzzz`',
      ],
    ],
    [
      'a role scope over a client that is not there, of a source that is not there, for nobody',
      'roles: [{ role: billing, clients: [acmee], sources: [pg9] }]',
      [
        'error f:2:36 there is no client `acmee`',
        'error f:2:54 there is no source `pg9`; did you mean `pg1`?',
        'warning f:2:17 nobody has the role `billing`',
      ],
    ],
    [
      'names of sources and collectors that nothing has',
      `clients:\n${client('acme', 'collector: sambo, path: /a', 'source: fs, path: /b')}people: [{ id: p1, name: A, accounts: { sambaa: a } }]`,
      [
        'error f:3:54 there is no collector `sambo`; did you mean `samba`?',
        'error f:3:83 there is no source `fs`; did you mean `fs1`?',
        'error f:4:49 there is no source or collector `sambaa`; did you mean `samba`?',
      ],
    ],
    [
      'what is rarely meant',
      'clients: [{ id: acme, name: A, team: T9, alias: C-1 }, { id: b, name: B, alias: C-1 }]\npeople: [{ id: p1, name: A }]',
      [
        'warning f:2:11 the client `acme` has no resources, so nothing is ever its',
        'warning f:2:38 nobody is in the team `T9`',
        'warning f:2:56 the client `b` has no resources, so nothing is ever its',
        'error f:2:81 the alias `C-1` is also that of the client `acme`',
        'warning f:3:10 `p1` has no accounts, so nothing is ever theirs',
      ],
    ],
  ])('%s', (_, text, expected) => expect(problemsOf(text)).toEqual(expected));
});

test('300 clients with four patterns each are checked within three seconds of processor time', () => {
  const clients = Array.from({ length: 300 }, (_, i) =>
    client(
      `c${i}`,
      `collector: samba, path: "/srv/clients/${10_000 + i}_*/**"`,
      `collector: samba, path: "**/Clients/${10_000 + i} */**"`,
      `collector: pgaudit, schema: cl_${10_000 + i}`,
      `collector: m365, site: "/sites/${10_000 + i}-*"`,
    ),
  ).join('');
  const file = writtenFile(`${firm}clients:\n${clients}`);
  // Not the clock on the wall: what else the machine does is no property of this code.
  const before = process.cpuUsage();
  expect(checkDirectory(file, surroundings).problems).toEqual([]);
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1_000_000).toBeLessThan(3);
});
