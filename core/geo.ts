/** Where an address is, by a table: a weak signal only, so it never decides anything by itself. */
import { readFileSync } from 'node:fs';
import { Fault } from './errors.ts';
import { createNetworks, isNetwork } from './network.ts';

export interface GeoEntry {
  /** ISO 3166-1. */
  readonly country: string;
  /** `isp`, `mobile`, `hosting`, … as the table names it. */
  readonly kind: string | undefined;
  readonly latitude: number | undefined;
  readonly longitude: number | undefined;
}

/** `undefined`: the table does not hold the address. */
export type Geo = (ip: string) => GeoEntry | undefined;

/** CSV with the header `network,country,kind,lat,lon`; the columns after the second may be missing. Throws CONFIG_INVALID with the line. */
export function loadGeo(file: string): Geo {
  const [head = '', ...rows] = textOf(file).split(/\r?\n/);
  if (!head.startsWith('network,country'))
    throw new Fault('CONFIG_INVALID', `${file}:1: the first line must begin with \`network,country\``);
  const entries = rows.flatMap((row, index): (readonly [string, GeoEntry])[] => {
    if (row === '') return [];
    const [network = '', country = '', kind = '', latitude, longitude] = row.split(',');
    if (!isNetwork(network) || country === '')
      throw new Fault(
        'CONFIG_INVALID',
        `${file}:${index + 2}: write a network and a country: 203.0.113.0/24,GB or 2001:db8::/32,GB`,
      );
    const entry = {
      country,
      kind: kind === '' ? undefined : kind,
      latitude: numberOf(latitude),
      longitude: numberOf(longitude),
    };
    return [[network, entry]];
  });
  const networks = createNetworks(entries);
  return (ip) => networks.match(ip);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new Fault(
      'CONFIG_INVALID',
      `${file}, which should say where addresses are, cannot be read (${why}); correct \`geo\` in the configuration`,
      {},
      error,
    );
  }
}

function numberOf(text: string | undefined): number | undefined {
  const value = text === undefined || text === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}
