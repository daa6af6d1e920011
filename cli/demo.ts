/** `cordon demo`: an invented firm through the real pipeline, mail into a folder, pages in a browser. */
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Notice } from '../alerts/notice.ts';
import { Fault } from '../core/errors.ts';
import type { Dashboard } from '../dashboards/server/server.ts';
import { command, type Io } from './command.ts';
import { loadContext } from './context.ts';
import { playDemo } from './demo/play.ts';
import { arrived, closing, introduction } from './demo/says.ts';
import { writeDemoFirm } from './demo/write.ts';
import { programName } from './program.ts';
import { progress } from './progress.ts';
import { roles, runCordon } from './runtime.ts';
import { notifiersOf } from './start.ts';

/** Nothing landed, judged or sent for so long after the last record: all is told. */
const quietMs = 4_000;
const pollMs = 100;

export const demo = command({
  name: 'demo',
  examples: [
    'cordon demo',
    'cordon demo --folder ./demo-data  # a folder of your own, new or empty',
    'cordon demo --exit  # end when all is told, instead of serving the pages',
  ],
  options: {
    folder: { type: 'string', value: 'FOLDER', help: 'where to write it (default: a new temporary folder)' },
    seed: { type: 'string', value: 'N', default: '1', help: 'another number, other days' },
    exit: { type: 'boolean', help: 'end when all is told' },
    'no-open': { type: 'boolean', help: 'do not open a browser' },
  },

  async run({ values }, io) {
    const seed = Number(values.seed);
    if (!Number.isSafeInteger(seed)) throw new Fault('USAGE', '--seed takes a whole number');
    const folder =
      values.folder === undefined ? mkdtempSync(join(tmpdir(), 'cordon-demo-')) : resolve(io.cwd, values.folder);
    const firm = writeDemoFirm(folder, { seed, now: Date.now() });
    const context = loadContext({ config: firm.config }, io);
    io.out.write(introduction(firm, folder));

    const told: Told = { notices: [], at: performance.now() };
    const stop = new AbortController();
    const signal = AbortSignal.any([io.signal, stop.signal]);
    const ready = settledOnce<Dashboard | undefined>();
    const running = runCordon(context, {
      roles: new Set(roles),
      notifiers: notifiersOf(context, io),
      program: programName(io.env, io.cwd),
      signal,
      onReady: ({ dashboard }) => ready.resolve(dashboard),
      onFlush: () => hear(told),
      onJudged: () => hear(told),
      onSent: sayEach(told, join(folder, 'mail', 'new'), io),
    });
    const story = (async () => {
      const dashboard = await ready.promise;
      await play(folder, io, signal);
      await quiet(told, signal);
      const page = dashboard?.oneTimeLink();
      io.out.write(closing({ firm, folder, notices: told.notices, page, program: programName(io.env, io.cwd) }));
      if (values.exit === true) return stop.abort();
      if (page !== undefined && values['no-open'] !== true) openInBrowser(page, io);
      io.out.write('The pages are open until you press Ctrl-C.\n');
    })();
    story.catch(() => stop.abort());
    await running;
    await story.catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
    return 0;
  },
});

interface Told {
  readonly notices: Notice[];
  /** When anything last happened. */
  at: number;
}

function hear(told: Told): void {
  told.at = performance.now();
}

function sayEach(told: Told, mailbox: string, io: Io): (notice: Notice) => void {
  const begun = performance.now();
  return (notice) => {
    hear(told);
    told.notices.push(notice);
    io.out.write(`${((performance.now() - begun) / 1_000).toFixed(1)} s ${arrived(notice, mailbox)}`);
  };
}

async function play(folder: string, io: Io, signal: AbortSignal): Promise<void> {
  const bar = progress(io, { unit: 1, name: 'records' });
  try {
    await playDemo(folder, {
      signal,
      progress: (done, total, live) => bar.update(done, total, live ? 'the last day and a half' : 'the past days'),
    });
  } finally {
    bar.stop();
  }
}

async function quiet(told: Told, signal: AbortSignal): Promise<void> {
  hear(told);
  while (performance.now() - told.at < quietMs) await sleep(pollMs, undefined, { signal });
}

/** Where there is a desktop; a machine without one has the link. */
function openInBrowser(page: string, { env }: Io): void {
  if (process.platform !== 'linux' || (env['DISPLAY'] ?? env['WAYLAND_DISPLAY']) === undefined) return;
  const opener = spawn('xdg-open', [page], { stdio: 'ignore', detached: true });
  opener.on('error', () => undefined);
  opener.unref();
}

function settledOnce<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
