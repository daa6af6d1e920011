/** Which of many networks holds an address: the most specific one. Networks are CIDR (RFC 4632, RFC 4291). */
import ipaddr from 'ipaddr.js';

const cacheMax = 65_536;

export interface Networks<T> {
  /** What the most specific network holding this address stands for; undefined for no network or no address. */
  match(ip: string): T | undefined;
}

/** True for `10.20.0.0/16`, `2001:db8::/32` and single addresses. */
export function isNetwork(text: string): boolean {
  return rangeOf(text) !== undefined;
}

/** Networks that `isNetwork` refuses are left out: they match nothing. The later of two equal ones wins. */
export function createNetworks<T>(entries: Iterable<readonly [network: string, value: T]>): Networks<T> {
  const byLength = new Map<number, Map<string, T>>();
  for (const [network, value] of entries) {
    const range = rangeOf(network);
    if (!range) continue;
    // IPv4 lies in its mapped range, ::ffff:0:0/96, so both families share one table.
    const length = range.bits;
    const table = byLength.get(length) ?? new Map<string, T>();
    table.set(masked(range.bytes, length), value);
    byLength.set(length, table);
  }
  const tables = [...byLength].sort(([a], [b]) => b - a);
  const cache = new Map<string, T | undefined>();

  return {
    match(ip) {
      if (cache.has(ip)) return cache.get(ip);
      const found = find(ip, tables);
      if (cache.size >= cacheMax) cache.clear();
      cache.set(ip, found);
      return found;
    },
  };
}

function find<T>(ip: string, tables: readonly (readonly [number, Map<string, T>])[]): T | undefined {
  const bytes = bytesOf(ip);
  if (!bytes) return undefined;
  for (const [length, table] of tables) {
    const key = masked(bytes, length);
    if (table.has(key)) return table.get(key);
  }
  return undefined;
}

/** The 16 bytes of an address, IPv4 as its mapped IPv6; undefined when it is none. A zone index (`%eth0`) is ignored. */
function bytesOf(text: string): Uint8Array | undefined {
  // Only the four-part form: ipaddr.js would also read `10.1` and `0x0a000001`.
  const address = ipaddr.IPv4.isValidFourPartDecimal(text)
    ? ipaddr.IPv4.parse(text).toIPv4MappedAddress()
    : ipaddr.IPv6.isValid(text)
      ? ipaddr.IPv6.parse(text)
      : undefined;
  return address && Uint8Array.from(address.toByteArray());
}

function rangeOf(text: string): { bytes: Uint8Array; bits: number } | undefined {
  const [address = '', suffix, ...more] = text.split('/');
  const bytes = bytesOf(address);
  if (!bytes || more.length > 0) return undefined;
  const width = address.includes(':') ? 128 : 32;
  if (suffix === undefined) return { bytes, bits: 128 };
  if (!/^\d{1,3}$/.test(suffix) || Number(suffix) > width) return undefined;
  return { bytes, bits: Number(suffix) + 128 - width };
}

/** The first `bits` bits as a string, the rest cut off. */
function masked(bytes: Uint8Array, bits: number): string {
  let key = '';
  for (let i = 0; i < bits >> 3; i += 1) key += String.fromCharCode(bytes[i] ?? 0);
  const rest = bits & 7;
  return rest === 0 ? key : key + String.fromCharCode((bytes[bits >> 3] ?? 0) & (0xff00 >> rest));
}
