/** Country of an address by a table `network,country,…`: a weak signal only, so it never decides anything by itself. */
import { readFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { Fault } from '../core/errors.ts';

export type CountryOf = (ip: string | undefined) => string | undefined;

export const nowhere: CountryOf = () => undefined;

const cacheMax = 65_536;

/** `file` is CSV with a header whose first two columns are `network,country`; IPv4. Throws CONFIG_INVALID with the line. */
export function loadGeo(file: string): CountryOf {
  const [head = '', ...rows] = textOf(file).split(/\r?\n/);
  if (!head.startsWith('network,country')) {
    throw new Fault('CONFIG_INVALID', `${file}:1: the first line must begin with \`network,country\``);
  }
  // One map for each prefix length, longest first: few lengths occur, and a lookup is a mask and a get.
  const lengths = new Map<number, Map<number, string>>();
  rows.forEach((row, index) => {
    if (row === '') return;
    const [network = '', country = ''] = row.split(',');
    const [address = '', prefix = '32'] = network.split('/');
    const bits = Number(prefix);
    if (!isIPv4(address) || !(bits >= 0 && bits <= 32) || country === '') {
      throw new Fault('CONFIG_INVALID', `${file}:${index + 2}: write an IPv4 network and a country: 203.0.113.0/24,GB`);
    }
    const networks = lengths.get(bits) ?? new Map<number, string>();
    networks.set(masked(numberOf(address), bits), country);
    lengths.set(bits, networks);
  });
  const longestFirst = [...lengths].sort(([a], [b]) => b - a);
  const cache = new Map<string, string | undefined>();

  return (ip) => {
    if (ip === undefined) return undefined;
    if (cache.has(ip)) return cache.get(ip);
    if (cache.size >= cacheMax) cache.clear();
    const address = isIPv4(ip) ? numberOf(ip) : undefined;
    const found =
      address === undefined
        ? undefined
        : longestFirst
            .map(([bits, networks]) => networks.get(masked(address, bits)))
            .find((country) => country !== undefined);
    cache.set(ip, found);
    return found;
  };
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new Fault(
      'CONFIG_INVALID',
      `${file}, which should say where addresses are, cannot be read (${why})`,
      {},
      error,
    );
  }
}

const numberOf = (ip: string): number => ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
const masked = (address: number, bits: number): number =>
  bits === 0 ? 0 : (address >>> (32 - bits)) * 2 ** (32 - bits);
