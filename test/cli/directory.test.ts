import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { captured } from './captured.ts';

function firm(directory: string) {
  const cwd = mkdtempSync(join(tmpdir(), 'cordon-cli-'));
  writeFileSync(
    join(cwd, 'cordon.yaml'),
    'data: data\ndirectory: directory.yaml\nsources: { fs1: { collector: samba, tail: a.log } }\n',
  );
  writeFileSync(join(cwd, 'directory.yaml'), directory);
  return cwd;
}
const good = `firm: { name: F, time_zone: Europe/London }
clients: [{ id: acme, name: Acme, resources: [{ source: fs1, path: "/srv/acme/**" }] }]
people: [{ id: p1, name: Ana, accounts: { samba: ana } }]
`;

test('a directory without fault is counted, and the exit code is 0', async () => {
  expect(await captured(['directory', 'check'], { cwd: firm(good) })).toEqual({
    code: 0,
    out: '',
    err: '1 clients, 1 people, 0 services: 0 errors, 0 warnings\n',
  });
});

test('a glob that matches two clients is printed with its place, and the exit code is 1', async () => {
  const cwd = firm(
    good.replace(
      '}] }]',
      '}] }, { id: globex, name: Globex, resources: [{ collector: samba, path: "/srv/ac*/**" }] }]',
    ),
  );
  const { code, out } = await captured(['directory', 'check'], { cwd });
  expect(code).toBe(1);
  expect(out).toMatch(
    /^\S+directory\.yaml:2:\d+: error: `\/srv\/ac\*\/\*\*` \(globex\) and `\/srv\/acme\/\*\*` \(acme, /,
  );
  const { out: json } = await captured(['directory', 'check', '--json'], { cwd });
  expect(JSON.parse(json)).toEqual({
    clients: 2,
    people: 1,
    services: 0,
    problems: [
      { level: 'error', where: expect.stringMatching(/:2:\d+$/), message: expect.stringContaining('both match') },
    ],
  });
});

test('a directory that cannot be parsed is used wrongly: exit code 2, line and column', async () => {
  const cwd = firm(good.replace('clients:', 'cleints:'));
  const { code, err } = await captured(['directory', 'check'], { cwd });
  expect(code).toBe(2);
  expect(err).toBe(`${join(cwd, 'directory.yaml')}:2:1: cleints: unknown key; did you mean \`clients\`?\n`);
});

test('a folder of files is one directory, and needs no configuration', async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'cordon-cli-'));
  mkdirSync(join(cwd, 'who'));
  writeFileSync(join(cwd, 'who/a.yaml'), 'firm: { name: F }\npeople: [{ id: p1, name: A, accounts: { "*": a } }]');
  writeFileSync(join(cwd, 'who/b.json'), '{"people": [{"id": "p1", "name": "B", "accounts": {"*": "b"}}]}');
  const { code, out } = await captured(['directory', 'check', 'who'], { cwd });
  expect(code).toBe(1);
  expect(out).toBe(
    `${cwd}/who/b.json:1:20: error: there is another person or service \`p1\` at ${cwd}/who/a.yaml:2:16\n`,
  );
});

test('facts are imported once, and what the directory does not have is a warning with its line', async () => {
  const cwd = firm(good);
  const assign = {
    recorded_at: '2026-03-04T09:00:00Z',
    op: 'assign',
    person: 'p1',
    client: 'acme',
    from: '2026-03-04',
  };
  writeFileSync(join(cwd, 'f.jsonl'), `${JSON.stringify(assign)}\n${JSON.stringify({ ...assign, person: 'p9' })}\n`);
  expect(await captured(['facts', 'import', 'f.jsonl'], { cwd })).toEqual({
    code: 0,
    out: '2 facts added, 0 were known\n',
    err: 'warning: f.jsonl:2: the directory has no person `p9`\n',
  });
  const again = await captured(['facts', 'import', 'f.jsonl', '--json'], { cwd });
  expect(JSON.parse(again.out)).toEqual({
    added: 0,
    known: 2,
    warnings: ['f.jsonl:2: the directory has no person `p9`'],
  });
});

test('a file of facts with one bad line adds nothing', async () => {
  const cwd = firm(good);
  const hire = JSON.stringify({ recorded_at: '2026-03-04T09:00:00Z', op: 'hire', person: 'p1', from: '2026-03-04' });
  writeFileSync(join(cwd, 'f.jsonl'), `${hire}\n${hire.slice(0, 40)}\n`);
  const { code, err } = await captured(['facts', 'import', 'f.jsonl'], { cwd });
  expect(code).toBe(2);
  expect(err).toBe(`${join(cwd, 'f.jsonl')}:2: the line is not one whole JSON object\n`);
  writeFileSync(join(cwd, 'f.jsonl'), `${hire}\n`);
  expect((await captured(['facts', 'import', 'f.jsonl'], { cwd })).out).toBe('1 facts added, 0 were known\n');
});
