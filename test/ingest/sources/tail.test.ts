import { generateKeyPairSync } from 'node:crypto';
import { appendFileSync, copyFileSync, renameSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { createLog } from '../../../core/log.ts';
import { tenantId } from '../../../core/types.ts';
import { noSettings } from '../../../ingest/collector.ts';
import { collectors } from '../../../ingest/collectors/index.ts';
import { nowhere } from '../../../ingest/geo.ts';
import { Intake } from '../../../ingest/intake.ts';
import { Tail } from '../../../ingest/sources/tail.ts';
import { Spool } from '../../../ingest/spool.ts';
import { type SpoolLimits, spoolLimits } from '../../../ingest/spool-room.ts';
import { eventually } from '../../helpers/eventually.ts';
import { folder } from '../../helpers/folder.ts';
import { plainSeals, rawRecords } from '../../helpers/plain.ts';
import { rawOf } from '../../helpers/raw-of.ts';

const key = generateKeyPairSync('ed25519').privateKey;
const samba = collectors.find(({ name }) => name === 'samba');
if (!samba) throw new Error('there is no samba collector');

let clock = 0;
/** No two lines are alike: a repeated line is a repeat. */
const line = (name: string) => {
  clock += 1;
  const second = String(clock % 60).padStart(2, '0');
  const minute = String(Math.floor(clock / 60)).padStart(2, '0');
  return `2026-03-04T09:${minute}:${second}.000000+00:00 fs1 smbd_audit[77]: jo|10.0.0.7|pc7|clients|openat|ok|r|/srv/${name}`;
};

/** A tail that runs until the block ends, over a spool in the folder. */
function following(
  dir: string,
  pattern: string,
  limits: SpoolLimits = spoolLimits,
  owners = new Map<string, string>(),
) {
  const spool = new Spool(dir, limits);
  const attribution = { tenantOf: () => ({ tenant: tenantId('acme'), by: 'path' }), personOf: () => undefined };
  const intake = new Intake({
    source: 'fs1',
    parser: samba?.open(noSettings) ?? { parse: () => undefined },
    attribution,
    countryOf: nowhere,
    key: () => key,
    seals: plainSeals,
    spool,
  });
  const stop = new AbortController();
  const framing = samba?.framing(noSettings);
  if (!framing) throw new Error('the collector has no framing');
  const running = new Tail({
    source: 'fs1',
    patterns: [pattern],
    framing,
    intake,
    spool,
    log: createLog('silent'),
    owners,
  }).run(stop.signal);
  const landed = () => [...spool.waiting(0, 999)].flatMap(({ batch }) => rawRecords(batch).flat().map(String)).sort();
  return {
    spool,
    landed,
    async until(records: readonly string[]): Promise<void> {
      const wanted = [...records].sort();
      await eventually(() => expect(landed()).toEqual(wanted));
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
      await spool[Symbol.asyncDispose]();
    },
  };
}

test('a line is read when its newline comes, and not before', async () => {
  using dir = folder();
  const log = dir.file('audit.log');
  const [a, b] = [line('a'), line('b')];
  writeFileSync(log, `${a}\n${b.slice(0, 40)}`);
  await using tail = following(dir.path, log);
  await tail.until([a]);
  appendFileSync(log, `${b.slice(40)}\n`);
  await tail.until([a, b]);
});

test('a file renamed away is read to its end, and the new one from its start', async () => {
  using dir = folder();
  const log = dir.file('audit.log');
  const [a, b, c] = [line('a'), line('b'), line('c')];
  writeFileSync(log, `${a}\n`);
  await using tail = following(dir.path, log);
  await tail.until([a]);
  renameSync(log, dir.file('audit.log.1'));
  writeFileSync(log, `${c}\n`);
  appendFileSync(dir.file('audit.log.1'), `${b}\n`);
  await tail.until([a, b, c]);
});

test('a file copied and truncated is read from its start again, repeats folded', async () => {
  using dir = folder();
  const log = dir.file('audit.log');
  const [a, b, c] = [line('a'), line('b'), line('c-with-a-longer-name-than-before')];
  writeFileSync(log, `${a}\n${b}\n`);
  await using tail = following(dir.path, dir.file('audit.log*'));
  await tail.until([a, b]);
  copyFileSync(log, dir.file('audit.log.1'));
  truncateSync(log, 0);
  appendFileSync(log, `${c}\n`);
  await tail.until([a, b, c]);
  expect(tail.spool.countsOf('fs1').repeats).toBe(2);
});

test('a file truncated and longer than before when it is next seen is still noticed', async () => {
  using dir = folder();
  const log = dir.file('audit.log');
  const a = line('a');
  writeFileSync(log, `${a}\n`);
  {
    await using tail = following(dir.path, log);
    await tail.until([a]);
  }
  const later = [line('b'), line('c'), line('d')];
  writeFileSync(log, later.map((one) => `${one}\n`).join(''));
  await using tail = following(dir.path, log);
  await tail.until([a, ...later]);
});

test('a restart goes on where the last commit was, also in a file rotated away meanwhile', async () => {
  using dir = folder();
  const log = dir.file('audit.log');
  const [a, b, c, d] = [line('a'), line('b'), line('c'), line('d')];
  writeFileSync(log, `${a}\n${b.slice(0, 9)}`);
  {
    await using tail = following(dir.path, log);
    await tail.until([a]);
  }
  appendFileSync(log, `${b.slice(9)}\n${c}\n`);
  renameSync(log, dir.file('audit.log.1'));
  writeFileSync(log, `${d}\n`);
  await using tail = following(dir.path, log);
  await tail.until([a, b, c, d]);
  expect(tail.spool.countsOf('fs1').repeats).toBe(0);
});

test('a full spool pauses the source; when there is room everything is there', async () => {
  using dir = folder();
  const log = dir.file('audit.log');
  const [a, b] = [line('a'), line('b')];
  writeFileSync(log, `${a}\n`);
  await using tail = following(dir.path, log, { ...spoolLimits, waitingBytesMax: 700 });
  await tail.until([a]);
  appendFileSync(log, `${b}\n`);
  await sleep(600);
  expect(tail.landed()).toEqual([a]);
  tail.spool.remove([0]);
  await tail.until([b]);
});

test('unreadable lines are kept with file and offset, byte for byte', async () => {
  using dir = folder();
  const log = dir.file('audit.log');
  const a = line('a');
  const broken = Buffer.from([0x66, 0xff, 0xfe, 0, 0x7c]);
  writeFileSync(log, Buffer.concat([Buffer.from(`${a}\n`), broken, Buffer.from('\n')]));
  await using tail = following(dir.path, log);
  await tail.until([a]);
  const [reject] = [...tail.spool.rejects()];
  expect(rawOf(reject)).toEqual(broken);
  expect(reject?.position).toBe(`${log}:${a.length + 1}`);
});

test('a file that another source of the collector reads is left to it, until it is gone', async () => {
  using dir = folder();
  const log = dir.file('audit.log');
  const [a, b] = [line('a'), line('b')];
  writeFileSync(log, `${a}\n`);
  const { dev, ino } = statSync(log);
  const owners = new Map([[`${dev}:${ino}`, 'fs2']]);
  await using tail = following(dir.path, log, spoolLimits, owners);
  await sleep(500);
  expect(tail.landed()).toEqual([]);
  renameSync(log, dir.file('away'));
  writeFileSync(log, `${b}\n`);
  await tail.until([b]);
  expect([...owners.values()].sort()).toEqual(['fs1', 'fs2']);
});
