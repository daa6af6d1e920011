/**
 * kill -9 in the middle of an import, again and again: node dist/bench/kill.js CONFIG [KILLS] [SEED]
 * Kills `cordon import --all` at random moments, most of them while records land, then lets it finish, and prints one
 * JSON line. Whether anything was lost or doubled is for another program to say, from `cordon accesses --all --json`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '../core/config.ts';

const main = fileURLToPath(new URL('../cli/main.js', import.meta.url));
const startedWithinMs = 60_000;
const afterMarkMsMax = 2_500;
const startMsMax = 2_500;

const [config = '', killsText = '30', seedText = String(Date.now() % 1_000_000)] = process.argv.slice(2);
if (config === '' || !existsSync(main)) {
  process.stderr.write('npm run build:node && node dist/bench/kill.js CONFIG [KILLS] [SEED]\n');
  process.exit(2);
}
const data = loadConfig(config).data;
/** Changes when the store is being started, and when the import has brought something into safety. */
const marks = [join(data, 'clickhouse', 'endpoint.json'), join(data, 'spool', 'data.mdb')] as const;

let state = Number(seedText) >>> 0;
/** xorshift32: a seed gives the same moments again, as far as a machine gives the same moments. */
function random(): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) / 2 ** 32;
}

function start() {
  const child = spawn(process.execPath, [main, 'import', '--all', '--json', '--config', config], {
    cwd: dirname(config),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, out }));
  return { child, ended };
}

const changedAt = (file: string): number => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** One in five during the start, one in five from the store's start on, the others after records came into safety. */
async function momentToKill(): Promise<void> {
  const die = random();
  if (die < 0.2) {
    await sleep(random() * startMsMax);
    return;
  }
  const file = die < 0.4 ? marks[0] : marks[1];
  const before = changedAt(file);
  const giveUpAt = Date.now() + startedWithinMs;
  while (changedAt(file) === before && Date.now() < giveUpAt) await sleep(5);
  await sleep(random() * afterMarkMsMax);
}

let killed = 0;
let completed = 0;
const begun = performance.now();
while (killed < Number(killsText)) {
  const { child, ended } = start();
  const won = await Promise.race([ended, momentToKill()]);
  if (won) {
    completed += 1;
    // There is nothing left to be killed in: more runs would only look better than they are.
    if (completed > 3) break;
    continue;
  }
  child.kill('SIGKILL');
  await ended;
  killed += 1;
}
const { code, out } = await start().ended;
const seconds = Math.round((performance.now() - begun) / 1_000);
process.stdout.write(
  `${JSON.stringify({ bench: 'kill', seed: Number(seedText), killed, completed, seconds, code, last: JSON.parse(out || 'null') })}\n`,
);
process.exitCode = code === 0 ? 0 : 1;
