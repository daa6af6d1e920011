/** Where the package's own files lie (migrations, schemas, the built pages), from the sources and from `dist/` alike. */
import { existsSync } from 'node:fs';

export const packageRoot: URL = (() => {
  let folder = new URL('../', import.meta.url);
  // dist/core/ is one deeper than core/; dist/ has no package.json of its own.
  if (!existsSync(new URL('package.json', folder))) folder = new URL('../', folder);
  return folder;
})();
