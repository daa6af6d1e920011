/**
 * How well the judge finds what a generated firm hides, through the product's own path: collectors, attribution, judge.
 * `npx tsx bench/detection.ts RUN…`, where RUN was written by `../shared/firm/firm.py` and `as_cordon.py`, prints one JSON
 * line a firm and one with the medians; `--keep DIR` also writes the candidates there. `score.py` decides what counts.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { median } from 'simple-statistics';
import { factsOf, judgeOf } from '../cli/judging.ts';
import { rulesOf } from '../cli/rules-files.ts';
import type { Candidate } from '../core/alert.ts';
import { loadConfig } from '../core/config.ts';
import { loadDirectory } from '../core/directory/directory.ts';
import { createExplainer } from '../core/explain.ts';
import { createLog } from '../core/log.ts';
import type { Finding } from '../core/scene.ts';
import { firmAccesses } from './firm-accesses.ts';

const dayMs = 86_400_000;
const scorer = fileURLToPath(new URL('../../shared/firm/score.py', import.meta.url));

interface Episode {
  readonly type: string;
  readonly actors: readonly string[];
  readonly start: string;
  readonly end: string;
  readonly events: readonly (readonly [source: string, locator: string])[];
}

interface AtBudget {
  readonly recall: number;
  readonly precision: number;
  readonly per_day_per_1000: number;
  readonly hard_negative_share: number;
  readonly median_hours_to_detect: number | null;
  readonly by_type: Readonly<Record<string, readonly [found: number, all: number]>>;
}

interface Scored {
  readonly userday_auc: number;
  readonly userday_ap: number;
  readonly budgets: Readonly<Record<'5' | '20' | 'all', AtBudget>>;
}

function judgeFirm(run: string) {
  const config = loadConfig(join(run, 'cordon/cordon.yaml'));
  const directory = loadDirectory(config.directory);
  const { accesses, idOf } = firmAccesses(run, config, directory);
  const rules = rulesOf(config.rules, directory);
  const context = { config, directory, rules, tenants: [], log: createLog('silent'), env: {} };
  const begun = performance.now();
  const judge = judgeOf(context, createExplainer(directory, factsOf(context)));
  const candidates = new Map<string, Candidate>();
  const findings: Finding[] = [];
  for (let i = 0; i < accesses.length; ) {
    const day = Math.floor((accesses[i]?.at ?? 0) / dayMs);
    const from = i;
    while (i < accesses.length && Math.floor((accesses[i]?.at ?? 0) / dayMs) === day) i += 1;
    judge.take(accesses.slice(from, i));
    judge.close(day - 1);
    const said = judge.judge();
    for (const id of said.withdrawn) candidates.delete(id);
    for (const candidate of said.candidates) candidates.set(candidate.id, candidate);
    findings.push(...said.findings);
  }
  const seconds = (performance.now() - begun) / 1_000;
  return { candidates: [...candidates.values()], findings, idOf, accesses: accesses.length, seconds };
}

/** Of the labelled records of the episodes that were found, those that a candidate about the same actor and days names. */
function namedShare(run: string, candidates: readonly Candidate[], idOf: ReadonlyMap<string, string>): number {
  const episodes = linesOf(join(run, 'truth/labels.jsonl')).map((line) => JSON.parse(line) as Episode);
  let [named, labelled] = [0, 0];
  for (const { actors, start, end, events } of episodes) {
    const [first, last] = [start.slice(0, 10), end.slice(0, 10)];
    const about = candidates.filter((c) => actors.includes(c.actor ?? '') && c.day >= first && c.day <= last);
    if (about.length === 0) continue;
    const ids = new Set(about.flatMap(({ accesses }) => accesses));
    labelled += events.length;
    named += events.filter(([source, locator]) => ids.has(idOf.get(`${source}/${locator}`) ?? '')).length;
  }
  return named / Math.max(1, labelled);
}

const linesOf = (file: string): string[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '');

function scored(run: string, folder: string, candidates: readonly Candidate[]): Scored {
  const [file, out] = [join(folder, `${basename(run)}.jsonl`), join(folder, `${basename(run)}.score.json`)];
  writeFileSync(file, candidates.map((candidate) => `${JSON.stringify(candidate)}\n`).join(''));
  execFileSync('python3', [scorer, '--run', run, '--findings', file, '--json', out], { stdio: 'ignore' });
  return JSON.parse(readFileSync(out, 'utf8')) as Scored;
}

const { values, positionals: runs } = parseArgs({ allowPositionals: true, options: { keep: { type: 'string' } } });
const folder = values.keep ?? mkdtempSync(join(tmpdir(), 'detection-'));
mkdirSync(folder, { recursive: true });
const rows: Record<string, number>[] = [];
const types: Record<string, { at5: number; at20: number; all: number; episodes: number }> = {};
for (const run of runs) {
  const { candidates, findings, idOf, accesses, seconds } = judgeFirm(run);
  if (values.keep !== undefined)
    writeFileSync(
      join(folder, `${basename(run)}.findings.jsonl`),
      findings.map((f) => `${JSON.stringify(f)}\n`).join(''),
    );
  const { userday_auc, userday_ap, budgets } = scored(run, folder, candidates);
  const [five, twenty, all] = [budgets['5'], budgets['20'], budgets.all];
  for (const [type, [found, episodes]] of Object.entries(twenty.by_type)) {
    const sum = types[type] ?? { at5: 0, at20: 0, all: 0, episodes: 0 };
    sum.at5 += five.by_type[type]?.[0] ?? 0;
    sum.at20 += found;
    sum.all += all.by_type[type]?.[0] ?? 0;
    sum.episodes += episodes;
    types[type] = sum;
  }
  const row = {
    recall5: five.recall,
    precision5: five.precision,
    recall20: twenty.recall,
    precision20: twenty.precision,
    recallAll: all.recall,
    auc: userday_auc,
    ap: userday_ap,
    perDayPer1000: all.per_day_per_1000,
    hardNegatives20: twenty.hard_negative_share,
    hoursToDetect: twenty.median_hours_to_detect ?? 0,
    accessesNamed: namedShare(run, candidates, idOf),
  };
  rows.push(row);
  const rounded = Object.fromEntries(
    Object.entries(row).map(([key, value]) => [key, Math.round(value * 1_000) / 1_000]),
  );
  process.stdout.write(
    `${JSON.stringify({ bench: 'detection', run: basename(run), accesses, judgeSeconds: Math.round(seconds * 10) / 10, ...rounded })}\n`,
  );
}
const keys = Object.keys(rows[0] ?? {});
const medians = Object.fromEntries(
  keys.map((key) => [key, Math.round(median(rows.map((row) => row[key] ?? 0)) * 1_000) / 1_000]),
);
process.stdout.write(`${JSON.stringify({ bench: 'detection', medianOf: rows.length, ...medians, types })}\n`);
if (values.keep === undefined) rmSync(folder, { recursive: true });
