/**
 * An access as its NDJSON line, what `JSON.stringify` would give. Written by hand because every record passes
 * here: most fields are short plain text or of a known alphabet, and the generic way costs three times as much.
 */
import type { Unsealed } from './attribute.ts';

/** Text that JSON writes as it is: no quote, backslash or control character, and no surrogate, which may be a lone one. */
const plain = /^[ !#-[\]-\ud7ff\ue000-\uffff]*$/;

/**
 * Windows lets a name hold half of a surrogate pair. That is no Unicode text, and the store would refuse the whole batch
 * for it; the record itself keeps what was written.
 */
const loneSurrogate = /\p{Surrogate}/gu;

const escaped = (text: string): string => JSON.stringify(text.replaceAll(loneSurrogate, '\ufffd')).slice(1, -1);

/** `opening` is all before the text, its quote included: the fewer pieces a line has, the sooner it is put together. */
const member = (opening: string, text: string | undefined): string =>
  text === undefined ? '' : `${opening}${plain.test(text) ? text : escaped(text)}"`;

const number = (opening: string, value: number | undefined): string =>
  value === undefined ? '' : `${opening}${JSON.stringify(value)}`;

const missing = (records: Unsealed['missing_before']): string =>
  records === undefined ? '' : `,"missing_before":${JSON.stringify(records).replaceAll(loneSurrogate, '\ufffd')}`;

/** Without the newline. Ids, times, classes, actions, outcomes and digests are of alphabets that need no quoting. */
export function accessLine(access: Unsealed, collector: string, seq: number, index: number): string {
  const { id, at, seen_at, tenant, source, outcome, action, actor_kind, count, records_sha256 } = access;
  return `{"id":"${id}","at":"${at}","seen_at":"${seen_at}","tenant":"${tenant}","source":"${source}","class":"${
    access.class
  }","action":"${action}","outcome":"${outcome}"${member(',"actor":"', access.actor)}${member(
    ',"account":"',
    access.account,
  )},"actor_kind":"${actor_kind}"${member(',"object":"', access.object)}${member(',"object_kind":"', access.object_kind)}${member(
    ',"object_to":"',
    access.object_to,
  )}${member(',"ip":"', access.ip)}${member(',"country":"', access.country)}${member(',"host":"', access.host)}${member(
    ',"app":"',
    access.app,
  )}${member(',"session":"', access.session)}${number(',"bytes":', access.bytes)}${number(',"rows":', access.rows)},"count":${count}${member(
    ',"reason":"',
    access.reason,
  )}${missing(access.missing_before)}${member(',"attributed_by":"', access.attributed_by)},"records_sha256":"${records_sha256}","collector":"${collector}","seq":${seq},"index":${index}}`;
}
