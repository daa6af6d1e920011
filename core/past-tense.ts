/** What is said of an action in a sentence for people. Viewed and copied elsewhere are never one word. */
import type { Action } from './types.ts';

export const pastTense: Readonly<Record<Action, string>> = {
  list: 'listed',
  read: 'opened',
  download: 'downloaded',
  copy: 'copied',
  print: 'printed',
  write: 'changed',
  create: 'created',
  delete: 'deleted',
  rename: 'renamed',
  share: 'shared',
  unshare: 'stopped sharing',
  search: 'searched',
  query: 'queried',
  export: 'exported',
  login: 'logged in to',
  logout: 'logged out of',
  grant: 'granted access to',
  revoke: 'revoked access to',
  configure: 'reconfigured',
  audit_change: 'changed the auditing of',
};
