/**
 * How many records a second one core turns into sealed batches: cut, read, attribute, fold, seal (access line, Merkle
 * leaves, compression, signature). The spool's disk is left out; `cordon import` has it all.
 * `npx tsx bench/collect.ts [collector=FILE…]` prints one JSON line a collector. Checks its result before it times any.
 */
import { checkRoot } from '../core/batch.ts';
import { createOpener } from '../core/envelope.ts';
import { type SealedBatch, unattributed } from '../core/types.ts';
import { type Collector, noSettings } from '../ingest/collector.ts';
import { collectors } from '../ingest/collectors/index.ts';
import { bytesFor, filesFrom, seenAt } from './samples.ts';
import { benchSealing } from './sealing.ts';

const secondsMin = 3;
const warmUpRounds = 3;
const chunkBytes = 256 * 1024;
const { signal } = new AbortController();
const { keys, intakeOf } = benchSealing();
const opener = createOpener([keys]);

async function round(
  collector: Collector,
  bytes: Buffer,
  keep: (batches: readonly SealedBatch[]) => void,
): Promise<number> {
  const intake = intakeOf(collector, collector.name, keep);
  const flush = async (): Promise<number> => {
    await intake.ready(signal);
    return intake.flush(undefined).accessed;
  };
  const framer = collector.framing(noSettings)(0);
  let records = 0;
  for (let from = 0; from < bytes.length; from += chunkBytes) {
    intake.take(framer.push(bytes.subarray(from, from + chunkBytes)), 'bench', () => seenAt);
    if (intake.isFull) records += await flush();
  }
  intake.take(framer.end(), 'bench', () => seenAt);
  return records + (await flush());
}

async function check(collector: Collector, bytes: Buffer, made: boolean): Promise<void> {
  let sealed = 0;
  let strangers = 0;
  const kept: SealedBatch[] = [];
  const records = await round(collector, bytes, (batches) => kept.push(...batches));
  for (const batch of kept) {
    checkRoot(await opener.open(batch, signal));
    sealed += batch.header.count;
    if (batch.header.tenant === unattributed) strangers += batch.header.count;
  }
  if (records === 0 || sealed === 0 || (made && strangers > 0)) {
    throw new Error(`${collector.name}: ${records} records, ${sealed} sealed, ${strangers} of no client`);
  }
}

const files = filesFrom(process.argv.slice(2));
for (const collector of collectors) {
  const bytes = bytesFor(collector, files);
  await check(collector, bytes, !files.has(collector.name));
  const drop = (): void => undefined;
  for (let i = 0; i < warmUpRounds; i += 1) await round(collector, bytes, drop);
  const begun = performance.now();
  const cpu = process.cpuUsage();
  let records = 0;
  let seconds = 0;
  while (seconds < secondsMin) {
    records += await round(collector, bytes, drop);
    seconds = (performance.now() - begun) / 1_000;
  }
  const { user, system } = process.cpuUsage(cpu);
  process.stdout.write(
    `${JSON.stringify({
      bench: `collect/${collector.name}`,
      // The processor's time says what one core can do, whoever else uses the machine; it counts collecting garbage too.
      recordsPerCpuSecond: Math.round((records * 1e6) / (user + system)),
      recordsPerSecond: Math.round(records / seconds),
      bytesPerRecord: Math.round(bytes.length / (bytes.toString('latin1').split('\n').length - 1)),
    })}\n`,
  );
}
