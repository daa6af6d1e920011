/** Every detector. A new one is a new file and one line here. */
import { barrierBreach } from './barrier-breach.ts';
import { bulkRead } from './bulk-read.ts';
import { copiedNotViewed } from './copied-not-viewed.ts';
import { crowd } from './crowd.ts';
import type { Detector } from './detector.ts';
import { farClient } from './far-client.ts';
import { impossibleTravel } from './impossible-travel.ts';
import { leaver } from './leaver.ts';
import { lowSlow } from './low-slow.ts';
import { newPlace } from './new-place.ts';
import { probing } from './probing.ts';
import { serviceByPerson } from './service-by-person.ts';
import { staleAccess } from './stale-access.ts';
import { surge } from './surge.ts';
import { unexplainedAccess } from './unexplained-access.ts';
import { unusualTime } from './unusual-time.ts';

export const detectors: readonly Detector[] = [
  unexplainedAccess,
  surge,
  staleAccess,
  serviceByPerson,
  bulkRead,
  copiedNotViewed,
  lowSlow,
  farClient,
  crowd,
  probing,
  leaver,
  barrierBreach,
  newPlace,
  impossibleTravel,
  unusualTime,
];
