/**
 * kill -9 in the middle of an import, again and again: node dist/bench/kill.js CONFIG [KILLS] [SEED]
 * Kills `cordon import --all` at random moments, most of them after the store is up, then lets it finish, and prints one
 * JSON line. Whether anything was lost or doubled is for another program to say, from `cordon accesses --all --json`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '../core/config.ts';

const main = fileURLToPath(new URL('../cli/main.js', import.meta.url));
const startedWithinMs = 60_000;
/** A kill comes this long after the store is up, at most; one in five comes at any moment of the start instead. */
const afterStoreMsMax = 3_000;
const startMsMax = 2_500;

const [config = '', killsText = '30', seedText = String(Date.now() % 1_000_000)] = process.argv.slice(2);
if (config === '' || !existsSync(main)) {
  process.stderr.write('npm run build:node && node dist/bench/kill.js CONFIG [KILLS] [SEED]\n');
  process.exit(2);
}
const endpoint = join(loadConfig(config).data, 'clickhouse', 'endpoint.json');

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

const endpointNow = (): string => (existsSync(endpoint) ? readFileSync(endpoint, 'utf8') : '');

/** `before`: what a killed run left behind. */
async function momentToKill(before: string): Promise<void> {
  if (random() < 0.2) {
    await sleep(random() * startMsMax);
    return;
  }
  const giveUpAt = Date.now() + startedWithinMs;
  while (['', before].includes(endpointNow()) && Date.now() < giveUpAt) await sleep(5);
  await sleep(random() * afterStoreMsMax);
}

let killed = 0;
let completed = 0;
const begun = performance.now();
while (killed < Number(killsText)) {
  const before = endpointNow();
  const { child, ended } = start();
  const won = await Promise.race([ended, momentToKill(before)]);
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
