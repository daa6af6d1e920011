#!/usr/bin/env -S node --max-semi-space-size=32
/**
 * The program: its streams and signals, handed to `dispatch`. Node is asked for a larger young generation: what a chunk of
 * records leaves behind is garbage by the next, and a small one copies it about first (docs/performance.md).
 */
import { dispatch } from './dispatch.ts';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // Whoever asks twice does not want to wait for a clean end.
    if (stop.signal.aborted) process.exit(1);
    stop.abort();
  });
}

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // The reader went away (`cordon … | head`): there is nobody left to write to, and that is no failure.
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
    throw error;
  });
}

process.exitCode = await dispatch(process.argv.slice(2), {
  out: process.stdout,
  err: process.stderr,
  in: process.stdin,
  env: process.env,
  cwd: process.cwd(),
  signal: stop.signal,
  isTTY: process.stderr.isTTY === true,
});
