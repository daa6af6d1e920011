/** The country that an access carries, where its source knows none. */
import type { Geo } from '../core/geo.ts';

export type CountryOf = (ip: string | undefined) => string | undefined;

export const nowhere: CountryOf = () => undefined;

export const countriesOf =
  (geo: Geo): CountryOf =>
  (ip) =>
    ip === undefined ? undefined : geo(ip)?.country;
