/** Where an actor was, as runs of accesses from one address. An address is the firm's own data, not a client's. */
import type { Directory } from '../../core/directory/directory.ts';
import type { Explainer } from '../../core/explain.ts';
import type { Geo } from '../../core/geo.ts';
import type { JudgedAccess, Place, Ref } from '../../core/scene.ts';

type Open = { -readonly [K in keyof Place]: Place[K] } & { refs: Ref[] };

/** `accesses` in order of time. */
export function placesOf(
  accesses: readonly JudgedAccess[],
  geo: Geo,
  directory: Directory,
  standing: Explainer['standing'],
): Place[] {
  const runs: Open[] = [];
  // Several channels (file server over VPN, cloud from home) interleave: each address has its own open run.
  const open = new Map<string, Open>();
  for (const access of accesses) {
    if (access.ip === undefined) continue;
    const run = open.get(access.ip);
    if (run && access.at - run.until <= runGapMs) {
      run.until = access.at;
      run.refs.push(access);
      continue;
    }
    const office = standing.office(access.ip, access.at, access.seenAt);
    const found = geo(access.ip);
    const begun: Open = {
      ip: access.ip,
      country:
        access.country ??
        found?.country ??
        (office && !office.vpn ? directory.offices.get(office.office)?.country : undefined),
      kind: found?.kind,
      latitude: found?.latitude,
      longitude: found?.longitude,
      office: office?.office,
      vpn: office?.vpn ?? false,
      from: access.at,
      until: access.at,
      refs: [access],
    };
    open.set(access.ip, begun);
    runs.push(begun);
  }
  return runs;
}

const runGapMs = 30 * 60_000;
