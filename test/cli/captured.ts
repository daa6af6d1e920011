/** Runs a command line in this process and says what it printed. */
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Io } from '../../cli/command.ts';
import { dispatch } from '../../cli/dispatch.ts';
import type { Verb } from '../../cli/verbs.ts';

export interface Captured {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export async function captured(
  args: readonly string[],
  given: Partial<Pick<Io, 'cwd' | 'env' | 'in' | 'signal'>> & { verbs?: readonly Verb[] } = {},
): Promise<Captured> {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const printed = Promise.all([text(out), text(err)]);
  const io: Io = {
    out,
    err,
    in: given.in ?? Readable.from([]),
    env: given.env ?? {},
    cwd: given.cwd ?? '/',
    signal: given.signal ?? new AbortController().signal,
    isTTY: false,
  };
  const code = await dispatch(args, io, given.verbs);
  out.end();
  err.end();
  const [outText, errText] = await printed;
  return { code, out: outText, err: errText };
}
