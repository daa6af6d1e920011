/** For what follows an act by a message of somebody else's: a browser, a server, a process. */
import { setTimeout as wait } from 'node:timers/promises';

const pauseMs = 25;
/** A bound for what never comes; what comes is waited for no longer than it takes. */
const patienceMs = 60_000;

/** Asks again until nothing is thrown; what is still thrown when patience ends is what the test then says. */
export async function eventually(check: () => void | Promise<void>): Promise<void> {
  const end = performance.now() + patienceMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > end) throw error;
    }
    await wait(pauseMs);
  }
}
