/** Addresses as records write them: with ports, brackets, as IPv4 in IPv6. What is no address is `undefined`. */
import { isIPv6 } from 'node:net';

/** Is `text` from `from` to `to` four numbers of at most 255? */
function isV4(text: string, from: number, to: number): boolean {
  if (to - from > 15 || to - from < 7) return false;
  let value = -1;
  let dots = 0;
  for (let i = from; i < to; i += 1) {
    const code = text.charCodeAt(i);
    if (code === 46) {
      if (value < 0) return false;
      dots += 1;
      value = -1;
    } else if (code >= 48 && code <= 57) {
      value = (value < 0 ? 0 : value * 10) + code - 48;
      if (value > 255) return false;
    } else return false;
  }
  return dots === 3 && value >= 0;
}

/** The address alone: `1.2.3.4`, `1.2.3.4:443`, `[2001:db8::1]:443`, `::ffff:1.2.3.4`, `fe80::1%eth0`. */
export function address(text: string | undefined): string | undefined {
  if (text === undefined || text.length < 2) return undefined;
  if (isV4(text, 0, text.length)) return text;
  if (text.charCodeAt(0) === 91) {
    const close = text.indexOf(']');
    return close === -1 ? undefined : address6(text.slice(1, close));
  }
  const colon = text.indexOf(':');
  if (colon === -1) return undefined;
  if (isV4(text, 0, colon)) return text.slice(0, colon);
  return address6(text);
}

function address6(text: string): string | undefined {
  const zone = text.indexOf('%');
  const bare = zone === -1 ? text : text.slice(0, zone);
  if (!isIPv6(bare)) return isV4(bare, 0, bare.length) ? bare : undefined;
  const last = bare.lastIndexOf(':') + 1;
  if (/^::ffff:/i.test(bare) && isV4(bare, last, bare.length)) return bare.slice(last);
  return bare.toLowerCase();
}

/** PostgreSQL's `host:port`, where an IPv6 host has no brackets. */
export function hostOfHostPort(text: string): string {
  const colon = text.lastIndexOf(':');
  return colon === -1 ? text : text.slice(0, colon);
}
