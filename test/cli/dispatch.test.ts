import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, jest, test } from '@jest/globals';
import { command } from '../../cli/command.ts';
import { type Verb, verbs } from '../../cli/verbs.ts';
import { Fault, type FaultCode } from '../../core/errors.ts';
import { packageRoot } from '../../core/package-root.ts';
import { captured } from './captured.ts';

const verbOf = (run: Parameters<typeof command>[0]['run']): Verb => ({
  name: 'try',
  summary: 'a verb for this test',
  load: async () =>
    command({
      name: 'try',
      examples: ['cordon try --from -7d'],
      positionals: 'FILE',
      options: {
        from: { type: 'string', value: 'TIME', help: 'begin' },
        all: { type: 'boolean', short: 'a', help: 'everything' },
      },
      run,
    }),
});
const failing = (error: unknown) =>
  captured(['try'], {
    verbs: [
      verbOf(async () => {
        throw error;
      }),
    ],
  });

test('a word after a verb that takes none is refused: `acls apply` would else look as if it had applied something', async () => {
  const run = jest.fn<Parameters<typeof command>[0]['run']>(async () => 0);
  const alone: Verb = {
    name: 'try',
    summary: 'a verb for this test',
    load: async () => command({ name: 'try', examples: ['cordon try'], options: {}, run }),
  };
  const { code, err } = await captured(['try', 'apply'], { verbs: [alone] });
  expect({ code, err }).toEqual({ code: 2, err: 'try takes no `apply`; see cordon try --help\n' });
  expect(run).not.toHaveBeenCalled();
  expect((await captured(['try'], { verbs: [alone] })).code).toBe(0);
});

describe('the exit code', () => {
  test.each([
    ['USAGE', 2],
    ['CONFIG_INVALID', 2],
    ['DIRECTORY_INVALID', 2],
    ['FACT_INVALID', 2],
    ['STORE_UNREACHABLE', 1],
    ['IN_USE', 1],
  ] as [FaultCode, number][])('of a fault %s is %i, with its sentence on stderr', async (code, expected) => {
    expect(await failing(new Fault(code, 'a sentence'))).toEqual({ code: expected, out: '', err: 'a sentence\n' });
  });

  test('of a bug is 1, with the place where it happened', async () => {
    const { code, err } = await failing(new RangeError('oops'));
    expect(code).toBe(1);
    expect(err).toMatch(/^this is a bug in cordon: RangeError: oops\n\s+at /);
  });

  test('of a file that the machine refuses is 1, with the file and without a stack', async () => {
    const refused = Object.assign(new Error('no'), { code: 'EACCES', syscall: 'open', path: '/var/lib/cordon/x' });
    expect(await failing(refused)).toEqual({
      code: 1,
      out: '',
      err: '/var/lib/cordon/x: this user may not do that (open, EACCES)\n',
    });
  });

  test("is the verb's own", async () => {
    expect((await captured(['try'], { verbs: [verbOf(async () => 1)] })).code).toBe(1);
    expect((await captured(['try'], { verbs: [verbOf(async () => 0)] })).code).toBe(0);
  });

  test('of a verb that was stopped is 1', async () => {
    const stopped = verbOf(async (_, { signal }) => {
      signal.throwIfAborted();
      return 0;
    });
    expect(await captured(['try'], { verbs: [stopped], signal: AbortSignal.abort() })).toEqual({
      code: 1,
      out: '',
      err: 'stopped\n',
    });
  });
});

describe('flags', () => {
  const echo = verbOf(async ({ values, positionals }, { out }) => {
    out.write(JSON.stringify({ ...values, positionals }));
    return 0;
  });
  const run = (...args: string[]) => captured(['try', ...args], { verbs: [echo] });

  test.each([
    [['--from', '-7d', 'x'], { from: '-7d', positionals: ['x'] }],
    [['--from=-7d', '-a', '--json'], { from: '-7d', all: true, json: true, positionals: [] }],
    [['--config', 'c.yaml', '--', '--from'], { config: 'c.yaml', positionals: ['--from'] }],
  ])('%j are read', async (args, expected) => expect(JSON.parse((await run(...args)).out)).toEqual(expected));

  test.each([
    [['--form', 'x'], 'there is no option `--form`; did you mean `--from`?; see cordon try --help\n'],
    [['--zzz'], 'there is no option `--zzz`; see cordon try --help\n'],
    [['--from'], "Option '--from <value>' argument missing; see cordon try --help\n"],
    [['--all=yes'], "Option '-a, --all' does not take an argument; see cordon try --help\n"],
  ])('%j are refused in a sentence', async (args, err) =>
    expect(await run(...args)).toEqual({ code: 2, out: '', err }),
  );

  test('--help starts with examples', async () => {
    const { code, out } = await run('--help');
    expect(code).toBe(0);
    expect(out.split('\n')[0]).toBe('  cordon try --from -7d');
    expect(out).toContain('cordon try FILE [OPTIONS]: a verb for this test');
    expect(out).toContain('--from TIME');
  });
});

test('a verb that is not there names the nearest, and no verb at all lists them', async () => {
  expect(await captured(['direcotry'])).toEqual({
    code: 2,
    out: '',
    err: 'there is no verb `direcotry`; did you mean `directory`?\n',
  });
  const { code, err } = await captured([]);
  expect(code).toBe(2);
  for (const { name } of verbs) expect(err).toContain(`cordon ${name}`);
  expect((await captured(['--help'])).out).toBe(err);
});

test.each(verbs)(
  '$name is the name of the verb that is loaded, and its examples begin with what a user types',
  async (verb) => {
    const loaded = await verb.load();
    expect(loaded.name).toBe(verb.name);
    expect(loaded.examples.some((example) => example.includes(`cordon ${verb.name}`))).toBe(true);
  },
);

const child = (...args: string[]) =>
  spawn(process.execPath, ['--import', 'tsx', fileURLToPath(new URL('cli/main.ts', packageRoot)), ...args], {
    cwd: fileURLToPath(packageRoot),
  });

test('the program prints its version and leaves with 0', async () => {
  const running = child('--version');
  const [out, [code]] = await Promise.all([text(running.stdout), once(running, 'close')]);
  expect(out).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(code).toBe(0);
});

test('a reader that goes away is no failure', async () => {
  const running = child('collectors', '--json');
  running.stdout.destroy();
  const [err, [code]] = await Promise.all([text(running.stderr), once(running, 'close')]);
  expect({ err, code }).toEqual({ err: '', code: 0 });
});
