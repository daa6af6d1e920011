/**
 * From a file to the store over Kafka, each part a process of its own: file → collect → broker → land → ClickHouse.
 * `npm run build:node && npx tsx bench/transport.ts FILE [--clients 300] [--systems cordon,halves,rsyslog,kcat] [--profiles FOLDER]`
 * with M365 records of clients client000 to client299 (a site each). Starts a broker for each system (test/helpers/kafka.ts),
 * checks that every record landed once, and prints one JSON line a system. `halves` is Cordon too: the lander begins only
 * when the collector is done, so it starts on a backlog. The peers (transport-peers.ts) need Debian's rsyslog-kafka and kcat.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startBroker } from '../test/helpers/kafka.ts';
import { transportCordon } from './transport-cordon.ts';
import { transportKcat, transportRsyslog } from './transport-peers.ts';
import { type Run, toldRun, totalOf } from './transport-run.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    clients: { type: 'string', default: '300' },
    systems: { type: 'string', default: 'cordon,halves,rsyslog,kcat' },
    profiles: { type: 'string' },
  },
});
const file = resolve(positionals[0] ?? 'm365.jsonl');
const clients = Number(values.clients);

async function runOf(system: string): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'cordon-transport-'));
  await using broker = await startBroker();
  try {
    const options = { file, clients, folder, broker, profiles: values.profiles };
    if (system === 'cordon') return await transportCordon({ ...options, backlog: false });
    if (system === 'halves') return await transportCordon({ ...options, backlog: true });
    const records = Number(execFileSync('wc', ['-l', file], { encoding: 'utf8' }).split(' ')[0]);
    if (system === 'rsyslog') return await transportRsyslog({ file, records, folder, broker });
    if (system === 'kcat') return await transportKcat({ file, records, folder, broker });
    throw new Error(`there is no system \`${system}\``);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const runs: Run[] = [];
for (const system of values.systems.split(',')) {
  const run = await runOf(system);
  process.stdout.write(`${toldRun(run)}\n`);
  runs.push(run);
}
const [first] = runs;
for (const run of runs.slice(1)) {
  const ratio = Math.round((totalOf(run) / (first ? totalOf(first) : 1)) * 100) / 100;
  process.stdout.write(
    `${JSON.stringify({ bench: 'transport/m365', system: run.system, against: first?.system, ratio })}\n`,
  );
}
