/** What became of everything a world wrote, as `cordon accesses` tells a person. With ../shared, its judge says so too. */
import { spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../../core/package-root.ts';
import { ended } from './part.ts';
import { lineOf, source, type World } from './world.ts';

const judge = fileURLToPath(new URL('../shared/firm/reconcile.py', packageRoot));

/** Patience. */
const attemptsMax = 10;

export interface Verdict {
  readonly written: number;
  readonly lost: number;
  /** Told twice by `cordon accesses`. */
  readonly doubled: number;
  readonly foreign: number;
  /** What ../shared/firm/reconcile.py says; `undefined` where it is not there. */
  readonly reconciled: boolean | undefined;
}

/** The vault runs meanwhile. A reader has a minute for one answer, which a machine under load may not keep: then it is asked again. */
export async function verdictOf(world: World): Promise<Verdict> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await told(world);
    } catch (error) {
      if (attempt >= attemptsMax) throw error;
    }
  }
}

/** By how many different accesses are stored. Which of them, and what is told twice, is for `verdictOf`. */
export async function countedVerdict(world: World): Promise<Verdict> {
  const stored = world.watch.last?.accesses ?? 0;
  const missing = world.written - stored;
  return {
    written: world.written,
    lost: Math.max(0, missing),
    doubled: 0,
    foreign: Math.max(0, -missing),
    reconciled: undefined,
  };
}

async function told(world: World): Promise<Verdict> {
  const times = new Map<string, number>();
  const stored: string[] = [];
  let rest = '';
  const { code, err } = await ended(['accesses', '--all', '--json', '--config', world.config('vault')], (chunk) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const access = JSON.parse(line) as { source: string; raw: readonly string[] };
      if (access.source !== source) continue;
      for (const raw of access.raw) {
        times.set(raw, (times.get(raw) ?? 0) + 1);
        stored.push(`${source}\t${shortHash(raw)}\n`);
      }
    }
  });
  if (code !== 0) throw new Error(err);
  let lost = 0;
  let found = 0;
  for (let n = 0; n < world.written; n += 1) {
    if (times.has(lineOf(n))) found += 1;
    else lost += 1;
  }
  const doubled = [...times.values()].reduce((sum, each) => sum + each - 1, 0);
  const reconciled = existsSync(judge) ? reconcile(world, stored) : undefined;
  return { written: world.written, lost, doubled, foreign: times.size - found, reconciled };
}

const shortHash = (raw: string): string => hash('sha256', raw, 'hex').slice(0, 16);

/** A run as the judge wants it: the raw log, where each record lies in it, and the truth. */
function reconcile(world: World, stored: readonly string[]): boolean {
  const run = join(world.folder, 'run');
  for (const part of ['data/raw', 'truth']) mkdirSync(join(run, part), { recursive: true });
  const arrivals = ['arrived_ms\tsource\toffset\tlength\n'];
  const truth: string[] = [];
  let raw = '';
  let offset = 0;
  for (let n = 0; n < world.written; n += 1) {
    const line = lineOf(n);
    arrivals.push(`0\t${source}\t${offset}\t${line.length}\n`);
    truth.push(`0\t${source}\tread\tp1\tacme\t\t${shortHash(line)}\t\n`);
    raw += `${line}\n`;
    offset += line.length + 1;
  }
  writeFileSync(join(run, 'data/raw', `${source}.log`), raw);
  writeFileSync(join(run, 'data/arrivals.tsv'), arrivals.join(''));
  writeFileSync(join(run, 'truth/normalized.tsv'), truth.join(''));
  writeFileSync(join(run, 'stored.tsv'), stored.join(''));
  const { status } = spawnSync('python3', [judge, '--run', run, '--stored', join(run, 'stored.tsv')]);
  return status === 0;
}
