/** Tests that read `../shared` (sample data kept beside the checkout, not in it) are skipped, visibly, where it is not. In CI it must be there. */
import { existsSync } from 'node:fs';
import { describe } from '@jest/globals';

export const shared = new URL('../../../shared/', import.meta.url);
const present = existsSync(shared);
if (!present && process.env['CI'] === 'true') throw new Error('CI runs need ../shared beside the checkout');

/** `describe`, or a describe that is reported as skipped and says why. */
export const describeWithShared: (name: string, body: () => void) => void = present
  ? describe
  : (name, body) => describe.skip(`${name} (skipped: no ../shared beside the checkout)`, body);
