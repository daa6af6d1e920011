/** Writes the demo's firm into a folder: its configuration, its facts, and, aside, the records its systems are going to write. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Instant } from '../../core/types.ts';
import { type Line, type SourceName, sourceNames } from './act.ts';
import { ordinaryDays } from './days.ts';
import { dice } from './dice.ts';
import { awayOf, factLines } from './facts.ts';
import { mailOf, personNamed } from './firm.ts';
import { accountAt } from './hands.ts';
import { scribe } from './native.ts';
import { type Plan, writePlan } from './plan.ts';
import { brokenLines, type Moments, momentsBefore, story, trouble, unknownPaths } from './trouble.ts';
import { configYaml, directoryYaml, logOf } from './yaml.ts';

interface DemoFile {
  readonly source: SourceName;
  /** Absolute. Empty until `playDemo` appends to it. */
  readonly path: string;
  readonly records: number;
}

export interface DemoFirm {
  /** Absolute path of its cordon.yaml. */
  readonly config: string;
  readonly files: readonly DemoFile[];
  /** Sentences: what is wrong in it, and what only looks wrong. */
  readonly story: readonly string[];
}

/** The same seed and `now` give the same bytes. What is in the folder already is overwritten. */
export function writeDemoFirm(folder: string, { seed, now }: { seed: number; now: Instant }): DemoFirm {
  const moments = momentsBefore(now);
  const lines = linesOf(seed, now, moments);
  const config = join(folder, 'cordon.yaml');
  mkdirSync(folder, { recursive: true });
  writeFileSync(config, configYaml);
  writeFileSync(join(folder, 'directory.yaml'), directoryYaml());
  writeFileSync(join(folder, 'facts.jsonl'), `${factLines(now, moments).join('\n')}\n`);

  // The live part begins before the first trouble.
  const liveFrom = Math.min(...Object.values(moments)) - 1_800_000;
  const plan: Plan = {
    liveFrom,
    files: sourceNames.map((source) => ({ source, path: logOf[source] })),
    lines,
  };
  writePlan(folder, plan);
  const files = sourceNames.map((source) => {
    const path = join(folder, logOf[source]);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, '');
    return { source, path, records: lines.filter((line) => line.source === source).length };
  });
  return { config, files, story };
}

function linesOf(seed: number, now: Instant, moments: Moments): Line[] {
  const away = awayOf(moments);
  const person = personNamed(away.person);
  const accounts = new Set([mailOf(person), ...sourceNames.map((source) => accountAt(source, person))]);
  const acts = [
    ...ordinaryDays(now, dice(seed)).filter(
      ({ account, at }) => !(accounts.has(account) && at >= away.from && at < away.to),
    ),
    ...trouble(moments, dice(seed + 1)),
    ...unknownPaths(moments),
  ].sort((a, b) => a.at - b.at);
  const write = scribe(dice(seed + 2));
  // A sort that keeps the order of equal times, so that a record and its sequel stay together.
  return [...acts.flatMap(write), ...brokenLines(moments)].sort((a, b) => a.at - b.at);
}
