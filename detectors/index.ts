/** Every detector. A new one is a new file and one line here. */
import { auditOff } from './audit-off.ts';
import { away } from './away.ts';
import { barrierBreach } from './barrier-breach.ts';
import { bulkRead } from './bulk-read.ts';
import { canary } from './canary.ts';
import { clockSkew } from './clock-skew.ts';
import { copiedNotViewed } from './copied-not-viewed.ts';
import { copyAcross } from './copy-across.ts';
import { crowd } from './crowd.ts';
import type { Detector } from './detector.ts';
import { dormantAccount } from './dormant-account.ts';
import { externalSharing } from './external-sharing.ts';
import { farClient } from './far-client.ts';
import { firstAction } from './first-action.ts';
import { formerClient } from './former-client.ts';
import { habituation } from './habituation.ts';
import { idleObjects } from './idle-objects.ts';
import { impossibleTravel } from './impossible-travel.ts';
import { leaver } from './leaver.ts';
import { logSilence } from './log-silence.ts';
import { loginFailures } from './login-failures.ts';
import { lowSlow } from './low-slow.ts';
import { manyClients } from './many-clients.ts';
import { massDeletion } from './mass-deletion.ts';
import { newPlace } from './new-place.ts';
import { oddHour } from './odd-hour.ts';
import { probing } from './probing.ts';
import { recordGap } from './record-gap.ts';
import { recordedLate } from './recorded-late.ts';
import { restrictedClient } from './restricted-client.ts';
import { rightsGranted } from './rights-granted.ts';
import { searchedNames } from './searched-names.ts';
import { serviceByPerson } from './service-by-person.ts';
import { serviceOffScript } from './service-off-script.ts';
import { staleAccess } from './stale-access.ts';
import { surge } from './surge.ts';
import { sweep } from './sweep.ts';
import { unexplainedAccess } from './unexplained-access.ts';
import { unusualTime } from './unusual-time.ts';
import { wrongClient } from './wrong-client.ts';

export const detectors: readonly Detector[] = [
  unexplainedAccess,
  farClient,
  restrictedClient,
  lowSlow,
  crowd,
  probing,
  unusualTime,
  oddHour,
  formerClient,
  away,
  barrierBreach,
  staleAccess,
  dormantAccount,
  leaver,
  surge,
  sweep,
  copiedNotViewed,
  firstAction,
  idleObjects,
  habituation,
  massDeletion,
  manyClients,
  bulkRead,
  newPlace,
  impossibleTravel,
  loginFailures,
  serviceByPerson,
  serviceOffScript,
  rightsGranted,
  externalSharing,
  copyAcross,
  searchedNames,
  recordedLate,
  wrongClient,
  auditOff,
  canary,
  logSilence,
  recordGap,
  clockSkew,
];
