/** PostgreSQL's own lines about sessions (log_connections, log_disconnections, refused logins), in the server's English. */
import type { Action, Outcome } from '../../../core/types.ts';

export interface SessionEvent {
  readonly action: Action;
  readonly outcome: Outcome;
  readonly user: string | undefined;
  readonly database: string | undefined;
  readonly host: string | undefined;
}

const authorized = /^connection authorized: user=(\S+)(?: database=(\S+))?/;
const disconnected = /^disconnection: session time: \S+ user=(\S+) database=(\S+) host=(\S+)/;
const failed = /^(?:\S+ )?authentication failed for user "([^"]*)"/i;
const refused =
  /^(?:no pg_hba\.conf entry for|pg_hba\.conf rejects connection for) host "([^"]*)", user "([^"]*)", database "([^"]*)"/;

export function sessionEvent(message: string, severity: string): SessionEvent | undefined {
  if (severity === 'LOG') {
    const begun = message.startsWith('connection authorized: ') ? authorized.exec(message) : null;
    if (begun) return { action: 'login', outcome: 'success', user: begun[1], database: begun[2], host: undefined };
    const ended = message.startsWith('disconnection: ') ? disconnected.exec(message) : null;
    if (ended) return { action: 'logout', outcome: 'success', user: ended[1], database: ended[2], host: ended[3] };
    return undefined;
  }
  if (severity !== 'FATAL') return undefined;
  const no = failed.exec(message);
  if (no) return { action: 'login', outcome: 'failure', user: no[1], database: undefined, host: undefined };
  const never = refused.exec(message);
  if (never) return { action: 'login', outcome: 'denied', user: never[2], database: never[3], host: never[1] };
  return undefined;
}
