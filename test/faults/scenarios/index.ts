/** All scenarios, in the order in which they come over one world. */
import { dayTwice } from './again.ts';
import { badBatches } from './bad-batches.ts';
import { brokerAway } from './broker-away.ts';
import { burst } from './burst.ts';
import { fullDisk } from './full-disk.ts';
import { killAnything } from './kill-anything.ts';
import { landersComeAndGo } from './landers.ts';
import { replyLost } from './reply-lost.ts';
import { rotation } from './rotation.ts';
import type { Scenario } from './scenario.ts';
import { spoolDamage } from './spool-damage.ts';
import { storeDies, storeHangs } from './store-away.ts';
import { twoCollectors } from './two-collectors.ts';
import { worstPoints } from './worst-points.ts';

export const scenarios: readonly Scenario[] = [
  rotation,
  dayTwice,
  // Before anything else is refused: of one client and reason there is one mail a day.
  badBatches,
  twoCollectors,
  burst,
  brokerAway,
  worstPoints,
  spoolDamage,
  storeHangs,
  storeDies,
  killAnything,
  replyLost,
  fullDisk,
  landersComeAndGo,
];
