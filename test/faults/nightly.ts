/**
 * The faults in their long form: npm run build:node && npx tsx test/faults/nightly.ts [--short] [SCENARIO…]
 * A scenario is named by any part of its name. Prints one line of JSON each and a table; exit 1 where anything was lost or doubled.
 */
import { scenarios } from './scenarios/index.ts';
import { drainMin, type Row } from './scenarios/scenario.ts';
import { type RestartTimes, servesWithinMs } from './world/restarts.ts';
import { World } from './world/world.ts';

const args = process.argv.slice(2);
const form = args.includes('--short') ? 'short' : 'long';
const wanted = args.filter((arg) => !arg.startsWith('--'));
const chosen = scenarios.filter(({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)));
if (chosen.length === 0) {
  process.stderr.write(`there is none; there are:\n${scenarios.map(({ name }) => `  ${name}\n`).join('')}`);
  process.exit(2);
}

const rows: Row[] = [];
let world: World | undefined;
for (const { name, run } of chosen) {
  process.stderr.write(`${new Date().toISOString()} ${name}\n`);
  try {
    world ??= await World.open();
    const row = await run(world, form, 'at once');
    rows.push(row);
    process.stdout.write(`${JSON.stringify(row)}\n`);
  } catch (error) {
    // No verdict. The next has a world of its own, since nobody knows what this one's is like.
    process.exitCode = 1;
    process.stdout.write(`${JSON.stringify({ scenario: name, failed: `${error}` })}\n`);
    await world?.[Symbol.asyncDispose]();
    world = undefined;
  }
}
await world?.[Symbol.asyncDispose]();
process.stdout.write(`${tableOf(rows)}\n`);
const isBad = ({ lost, doubled, foreign, reconciled }: Row) => lost + doubled + foreign > 0 || reconciled === false;
if (rows.some(isBad)) process.exitCode = 1;
for (const row of rows.filter(isLate)) process.stdout.write(`too slow: ${row.scenario}\n`);

/** Says something of the product on a quiet machine only, so it is told and no failure. */
function isLate({ restarts, drain }: Row): boolean {
  return (drain !== undefined && drain < drainMin) || Object.values(restarts).some(({ late }) => late > 0);
}

function restartText([of, { times, medianMs, maxMs, late }]: [string, RestartTimes]): string {
  const seconds = (ms: number) => (ms / 1_000).toFixed(1);
  return `${of}: ${times} ×, median ${seconds(medianMs)} s, slowest ${seconds(maxMs)} s, ${late} over ${servesWithinMs / 1_000} s`;
}

/** For a person; the lines of JSON hold more. */
function tableOf(all: readonly Row[]): string {
  const head = ['scenario', 'faults', 'records', 'lost', 'doubled', 'drain', 'fell', 'minutes', 'served again after'];
  const lines = all.map((row) => [
    row.scenario,
    `${row.faults}`,
    `${row.written}`,
    `${row.lost}`,
    `${row.doubled}`,
    row.drain === undefined ? '' : `${row.drain.toFixed(1)} ×`,
    `${row.falls}`,
    (row.ms / 60_000).toFixed(1),
    Object.entries(row.restarts).map(restartText).join('; '),
  ]);
  const widths = head.map((_, column) => Math.max(...[head, ...lines].map((line) => line[column]?.length ?? 0)));
  return [head, ...lines].map((line) => line.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')).join('\n');
}
