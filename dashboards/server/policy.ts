/** Who may see what, all of it, without waiting for anything: one table of cases tests the whole policy. */

/** Whoever holds a session. */
export interface Viewer {
  /** Clients whose data they may see. */
  readonly clients: 'all' | ReadonlySet<string>;
  /** Who they are in the directory, if they are in it. */
  readonly person?: string | undefined;
}

/** What is asked for. */
export interface Subject {
  /** Every client the answer tells of. */
  readonly clients: readonly string[];
  /** Whom an alert is about. */
  readonly about?: string | undefined;
}

/** `other-client` and `about-yourself` reach the log only; the asker hears the same as for what does not exist. */
export type Decision = 'seen' | 'no-session' | 'other-client' | 'about-yourself';

/**
 * An alert over several clients is seen only by those who may see every one of them: its sentences name them all.
 * Nobody reads the alerts about themselves.
 */
export function decide(viewer: Viewer | undefined, { clients, about }: Subject): Decision {
  if (!viewer) return 'no-session';
  if (about !== undefined && about === viewer.person) return 'about-yourself';
  const { clients: allowed } = viewer;
  if (allowed !== 'all' && !clients.every((client) => allowed.has(client))) return 'other-client';
  return 'seen';
}

/** The viewer of a link that the console printed: whoever reads that console runs the machine. */
export const operator: Viewer = { clients: 'all' };
