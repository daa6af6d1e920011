/** Identity of records and accesses. */
import { hash } from 'node:crypto';
import { type AccessId, accessId } from '../core/types.ts';

/**
 * The id of what one source said: from the platform's own record id where it has one, else from the record's bytes;
 * never from its position, since a replayed, rotated or copied log has other positions. 32 hex digits.
 *
 * @param digest SHA-256 of the record's bytes, hex
 */
export function mintId(source: string, record: string | undefined, digest: string): AccessId {
  return accessId(hash('sha256', `${source}\0${record ?? digest}`, 'hex').slice(0, 32));
}
