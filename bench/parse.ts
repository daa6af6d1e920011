/**
 * How many records a second one core turns into readings: cutting, decoding and parsing, nothing else.
 * `npx tsx bench/parse.ts [FILE…]` prints one JSON line a collector; a FILE is `collector=path`, and stands in for the
 * records made here. Checks that every record is read before it times any.
 */
import { type Collector, isReading, noSettings, read } from '../ingest/collector.ts';
import { collectors } from '../ingest/collectors/index.ts';
import { bytesFor, filesFrom, seenAt } from './samples.ts';

const secondsMin = 2;
const chunkBytes = 256 * 1024;

function bench(collector: Collector, bytes: Buffer, mayReject: boolean): object {
  const parser = collector.open(noSettings);
  const round = () => {
    const framer = collector.framing(noSettings)(0);
    let records = 0;
    let unread = 0;
    const take = (frames: ReturnType<typeof framer.push>) => {
      for (const { raw, torn } of frames) {
        records += 1;
        const parsed = torn === undefined ? read(parser, raw, seenAt) : undefined;
        if (!isReading(parsed)) unread += 1;
      }
    };
    for (let from = 0; from < bytes.length; from += chunkBytes)
      take(framer.push(bytes.subarray(from, from + chunkBytes)));
    take(framer.end());
    return { records, unread };
  };
  const { records, unread } = round();
  if (records === 0 || (unread > 0 && !mayReject)) {
    throw new Error(`${collector.name} did not understand ${unread} of the bench's ${records} records`);
  }
  for (let i = 0; i < 3; i += 1) round();
  const begun = performance.now();
  const cpu = process.cpuUsage();
  let rounds = 0;
  let seconds = 0;
  for (; seconds < secondsMin; rounds += 1) {
    round();
    seconds = (performance.now() - begun) / 1_000;
  }
  const { user, system } = process.cpuUsage(cpu);
  return {
    bench: `parse/${collector.name}`,
    // The processor's time says what one core can do, whoever else uses the machine; it counts collecting garbage too.
    recordsPerCpuSecond: Math.round((rounds * records * 1e6) / (user + system)),
    recordsPerSecond: Math.round((rounds * records) / seconds),
    megabytesPerSecond: Math.round((rounds * bytes.length) / seconds / 1e6),
    records,
    unread,
  };
}

const files = filesFrom(process.argv.slice(2));
for (const collector of collectors) {
  process.stdout.write(`${JSON.stringify(bench(collector, bytesFor(collector, files), files.has(collector.name)))}\n`);
}
