/** The header syslog puts before a line: RFC 3164 or RFC 5424, or an RFC 3339 stamp in RFC 3164's place (rsyslog, syslog-ng). */
import type { Instant } from '../../../core/types.ts';
import { bsdStamp, isoStamp } from './stamp.ts';
import type { Zone } from './zone.ts';

export interface SyslogHeader {
  readonly at: Instant;
  readonly host: string;
  /** The program's process id, or empty. */
  readonly pid: string;
  /** `program[` or `program:` as written: a second one in the message means that two records ran together. */
  readonly tag: string;
  /** Where the message begins. */
  readonly end: number;
}

const priorityEnd = (text: string): number => {
  if (text.charCodeAt(0) !== 60) return 0;
  const close = text.indexOf('>');
  return close >= 2 && close <= 4 ? close + 1 : 0;
};

/** The header of `text`; or why there is none. */
export function syslogHeader(text: string, zone: Zone | undefined, seenAt: Instant): SyslogHeader | string {
  let from = priorityEnd(text);
  const modern = from > 0 && text.startsWith('1 ', from);
  if (modern) from += 2;
  const year = text.charCodeAt(from);
  const stamp = year >= 48 && year <= 57 ? isoStamp(text, from, zone, seenAt) : bsdStamp(text, from, zone, seenAt);
  if (Number.isNaN(stamp.at) || text.charCodeAt(stamp.end) !== 32)
    return 'the line does not begin with a date and time';
  const hostEnd = text.indexOf(' ', stamp.end + 1);
  if (hostEnd === -1) return 'no host after the time';
  const host = text.slice(stamp.end + 1, hostEnd);
  return modern ? structured(text, stamp.at, host, hostEnd + 1) : tagged(text, stamp.at, host, hostEnd + 1);
}

function tagged(text: string, at: Instant, host: string, from: number): SyslogHeader | string {
  const end = text.indexOf(': ', from);
  const last = text.charCodeAt(end - 1);
  const open = last === 93 ? text.indexOf('[', from) : -1;
  const nameEnd = open === -1 ? end : open;
  if (end === -1 || end === from || text.slice(from, end).includes(' ')) return 'no program name after the host';
  if (last === 93 && (open === -1 || open > end)) return 'no program name after the host';
  return {
    at,
    host,
    pid: open === -1 ? '' : text.slice(open + 1, end - 1),
    tag: text.slice(from, nameEnd + 1),
    end: end + 2,
  };
}

/** RFC 5424 section 6: APP-NAME PROCID MSGID STRUCTURED-DATA MSG. */
function structured(text: string, at: Instant, host: string, from: number): SyslogHeader | string {
  const app = text.indexOf(' ', from);
  const proc = text.indexOf(' ', app + 1);
  const msgid = text.indexOf(' ', proc + 1);
  if (app === -1 || proc === -1 || msgid === -1) return 'the syslog header is not whole';
  let data = msgid + 1;
  if (text.charCodeAt(data) === 45) data += 1;
  else {
    // Elements stand side by side; a `]` inside a value is escaped, and the element's own ends a quoted value.
    while (text.charCodeAt(data) === 91) {
      let close = text.indexOf(']', data);
      while (close !== -1 && text.charCodeAt(close - 1) === 92) close = text.indexOf(']', close + 1);
      if (close === -1) return 'the syslog header is not whole';
      data = close + 1;
    }
  }
  if (text.charCodeAt(data) !== 32) return 'the syslog header is not whole';
  const pid = text.slice(app + 1, proc);
  return { at, host, pid: pid === '-' ? '' : pid, tag: text.slice(from, app + 1), end: data + 1 };
}
