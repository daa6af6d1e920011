/** What a verb is given when nobody looks: its texts go nowhere, and it may take an hour. */
import { PassThrough, Readable } from 'node:stream';

const msMax = 3_600_000;

export const quietIo = (cwd: string) => ({
  out: new PassThrough(),
  err: new PassThrough(),
  in: Readable.from([]),
  env: {},
  cwd,
  signal: AbortSignal.timeout(msMax),
  isTTY: false,
});
