/** Which objects of each client exist only to be noticed. */
import type { Directory } from '../../core/directory/directory.ts';
import { createGlobIndex } from '../../core/directory/glob.ts';

const yes = { is: true };
const no = { is: false };

/** By client; a client without canaries is not in it. */
export function canariesOf({ clients }: Directory): ReadonlyMap<string, (object: string) => boolean> {
  return new Map(
    [...clients.values()]
      .filter(({ canaries }) => canaries.length > 0)
      .map(({ id, canaries }) => {
        const index = createGlobIndex(
          canaries.map((glob) => [glob, id] as const),
          { caseless: true, conclude: (found) => (found.size > 0 ? yes : no) },
        );
        return [id, (object: string) => index.match(object).is] as const;
      }),
  );
}
