/** What a lander wants of a batch before it stores anything of it: its lines, if a key opens them and they are those that were signed. */
import { accessLines, checkRoot } from '../core/batch.ts';
import type { Opener } from '../core/envelope.ts';
import { type Fault, isFault } from '../core/errors.ts';
import type { SealedBatch } from '../core/types.ts';
import { foreignLine } from './foreign-line.ts';

/**
 * The access lines of a batch that is what its signature says and whose accesses are its tenant's; else why not. Throws
 * KEY_UNREACHABLE for one that may open later.
 */
export async function opening(sealed: SealedBatch, opener: Opener, signal: AbortSignal): Promise<Buffer | string> {
  try {
    const batch = await opener.open(sealed, signal);
    const lines = accessLines(batch);
    checkRoot(batch, lines);
    return foreignLine(lines, batch.header) ?? lines;
  } catch (error) {
    if (!isFault(error, 'EVIDENCE_BROKEN') && !isFault(error, 'KEY_MISSING')) throw error;
    return reasonOf(error);
  }
}

/** Without the batch's name, so that the same fault of many batches is one reason. */
const reasonOf = ({ message }: Fault): string => message.replace(/^batch \S+ is damaged: /, '');
