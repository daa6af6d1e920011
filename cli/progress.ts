/** Progress of long work: a bar on a terminal, nothing elsewhere, so that pipes and logs stay clean. */
import { Presets, SingleBar } from 'cli-progress';
import type { Io } from './command.ts';

export interface Progress {
  update(done: number, total: number, what: string): void;
  stop(): void;
}

const quiet: Progress = { update: () => undefined, stop: () => undefined };

/** `unit` divides what is shown: 1 for things, 1e6 for bytes shown as MB. */
export function progress(io: Io, { unit, name }: { unit: number; name: string }): Progress {
  if (!io.isTTY) return quiet;
  const bar = new SingleBar(
    {
      stream: io.err as NodeJS.WriteStream,
      format: `{bar} {percentage} % · {value}/{total} ${name} · {eta_formatted} left · {what}`,
      hideCursor: true,
      clearOnComplete: true,
    },
    Presets.shades_classic,
  );
  let started = false;
  return {
    update(done, total, what) {
      const of = Math.max(1, Math.round(total / unit));
      if (!started) bar.start(of, 0, { what });
      started = true;
      bar.setTotal(of);
      bar.update(Math.round(done / unit), { what });
    },
    stop() {
      if (started) bar.stop();
    },
  };
}
