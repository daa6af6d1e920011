/** Every detector. A new one is a new file and one line here. */
import type { Detector } from './detector.ts';
import { surge } from './surge.ts';
import { unexplainedAccess } from './unexplained-access.ts';

export const detectors: readonly Detector[] = [unexplainedAccess, surge];
