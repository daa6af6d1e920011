/** A disk of its own size: a tmpfs, for which one must be root. Elsewhere there is none, and the test says what it does instead. */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { folder } from './folder.ts';

export interface SmallDisk extends Disposable {
  readonly path: string;
  resize(mib: number): void;
}

const mount = (...args: string[]): boolean => spawnSync('mount', args).status === 0;

function mounted(path: string, mib: number): SmallDisk | undefined {
  mkdirSync(path, { recursive: true });
  if (!mount('-t', 'tmpfs', '-o', `size=${mib}m`, 'tmpfs', path)) return undefined;
  return {
    path,
    resize: (to) => {
      if (!mount('-o', `remount,size=${to}m`, path)) throw new Error('the disk does not become larger');
    },
    [Symbol.dispose]: () => void spawnSync('umount', ['-l', path]),
  };
}

export function smallDisk(path: string, mib: number): SmallDisk {
  const disk = mounted(path, mib);
  if (!disk) throw new Error('mounting a tmpfs needs root');
  return disk;
}

/** Whether there can be any. */
export const smallDisks: boolean = (() => {
  using dir = folder();
  using disk = mounted(dir.file('disk'), 1);
  return disk !== undefined;
})();
