/** How this program was called, so that the commands it prints and mails work when they are pasted. */
import { basename, relative } from 'node:path';

/** `cordon` where it is installed; the npm script inside a checkout; else the file itself. */
export function programName(env: Readonly<Record<string, string | undefined>>, cwd: string): string {
  const file = process.argv[1] ?? 'cordon';
  if (basename(file) === 'cordon') return 'cordon';
  if (env['npm_lifecycle_event'] !== undefined) return 'npm run -s cordon --';
  return `node ${relative(cwd, file)}`;
}
