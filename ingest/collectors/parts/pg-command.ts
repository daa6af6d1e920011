/** What a pgaudit class and command are in our words. */
import type { AccessClass, Action } from '../../../core/types.ts';

export interface Act {
  readonly class: AccessClass;
  readonly action: Action;
}

const database = (action: Action): Act => ({ class: 'database', action });
const query = database('query');
const exported = database('export');
const write = database('write');
const deletes = database('delete');
const configure: Act = { class: 'database', action: 'configure' };
const grant: Act = { class: 'admin', action: 'grant' };
const revoke: Act = { class: 'admin', action: 'revoke' };
const roles: Act = { class: 'admin', action: 'configure' };
const auditChange: Act = { class: 'admin', action: 'audit_change' };

/** Commands of class MISC that touch nobody's data. */
const bookkeeping = new Set([
  'BEGIN',
  'START TRANSACTION',
  'COMMIT',
  'ROLLBACK',
  'ROLLBACK TO',
  'SAVEPOINT',
  'RELEASE',
  'PREPARE TRANSACTION',
  'COMMIT PREPARED',
  'ROLLBACK PREPARED',
  'CLOSE CURSOR',
  'CLOSE CURSOR ALL',
  'DEALLOCATE',
  'DEALLOCATE ALL',
  'DISCARD',
  'DISCARD ALL',
  'SHOW',
  'CHECKPOINT',
  'LISTEN',
  'UNLISTEN',
  'NOTIFY',
  'LOAD',
  'SET CONSTRAINTS',
  'LOCK TABLE',
]);

/** DDL is configuration, except where the rows go with it. */
const drops = new Set([
  'DROP TABLE',
  'DROP SCHEMA',
  'DROP DATABASE',
  'DROP MATERIALIZED VIEW',
  'DROP FOREIGN TABLE',
  'DROP OWNED',
]);

const copies = /^\s*COPY\b/i;
const dumps = /^pg_dump/i;
const auditSetting =
  /\bpgaudit\b|\blog_(?:statement|destination|min_messages|connections|disconnections)\b|\blogging_collector\b/i;

/**
 * A SELECT shows rows to whoever asked (query); COPY … TO, and whatever pg_dump reads, leaves with them (export).
 * `undefined`: of no interest.
 */
export function actOf(kind: string, command: string, statement: () => string, app: string): Act | undefined {
  if (kind === 'READ') {
    if (command === 'COPY' || dumps.test(app)) return exported;
    return copies.test(statement()) ? exported : query;
  }
  if (kind === 'WRITE')
    return command === 'DELETE' || command === 'TRUNCATE' || command === 'TRUNCATE TABLE' ? deletes : write;
  if (kind === 'ROLE') {
    if (command.startsWith('GRANT')) return grant;
    if (command.startsWith('REVOKE')) return revoke;
    return auditSetting.test(statement()) ? auditChange : roles;
  }
  if (kind === 'DDL') {
    if (drops.has(command)) return deletes;
    return auditSetting.test(statement()) ? auditChange : configure;
  }
  if (kind.startsWith('MISC')) {
    if (bookkeeping.has(command)) return undefined;
    const sets = command === 'SET' || command === 'RESET' || command.startsWith('ALTER SYSTEM');
    if (sets) return auditSetting.test(statement()) ? auditChange : configure;
    return query;
  }
  return query;
}
