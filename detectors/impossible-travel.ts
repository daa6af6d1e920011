import type { Place } from '../core/scene.ts';
import { amount, divisor, firmDetector, scoreLimitOf, settingsOf } from './detector.ts';
import { exampleFirm, examplePlace, exampleRefs } from './judge/firm-examples.ts';
import { evidence } from './judge/say.ts';

const settings = settingsOf({
  kmPerHour: divisor(900, 'km/h that are still possible'),
  kmMin: amount(300, 'km between two places, from which it speaks'),
  scoreMax: amount(4, 'score that is never exceeded'),
  scoreLimit: scoreLimitOf(2),
});
const earthKm = 6_371;
const possible = 0.7;
const scorePerSpeed = 1;

/** One person in two places that no aeroplane joins in the time between. */
export const impossibleTravel = firmDetector({
  name: 'impossible-travel',
  family: 'place',
  weight: 1,
  statistic: ({ kmPerHour, kmMin, scoreLimit }) =>
    `great-circle distance between two places of a day and the night before, over the time between them; speaks above ${kmPerHour} km/h and ${kmMin} km, VPN left out; score 2 + log10 of the excess, limit ${scoreLimit}`,
  settings,
  source: 'Microsoft Entra ID Protection, atypical travel; MITRE ATT&CK T1078',
  falseAlarms: 'A mobile operator’s or cloud’s exit in another country; a private VPN; a geo table that is wrong.',
  runbook: [
    'Which of the two is the person? Ask by telephone.',
    'End the other’s sessions, change credentials, check for new devices and mail rules.',
    'Read what the other opened; the accesses are listed.',
  ],
  attack: 'T1078.004',
  judge({ actor, day, places, spread, baseline }, { kmPerHour, kmMin, scoreMax, scoreLimit }) {
    if (actor.kind !== 'person') return [];
    const today = Date.parse(`${day}T00:00:00Z`);
    const located = places.filter((place) => place.latitude !== undefined && !place.vpn);
    let worst: { away: Place; both: readonly Place[]; excess: number; km: number } | undefined;
    for (const [i, a] of located.entries()) {
      for (const b of located.slice(i + 1)) {
        if (b.from < today && a.from < today) continue;
        const km = distanceKm(a, b);
        if (km < kmMin || a.country === b.country) continue;
        const hours = Math.max(0.1, (Math.max(a.from, b.from) - Math.min(a.until, b.until)) / 3_600_000);
        const excess = km / hours / kmPerHour;
        if (excess <= possible || (worst && excess <= worst.excess)) continue;
        worst = { away: away(a, b, baseline.daysIn), both: [a, b], excess, km };
      }
    }
    if (!worst || worst.excess < 1) return [];
    const { away: place, both, km, excess } = worst;
    const score = Math.min(scoreMax, 2 + scorePerSpeed * Math.log10(excess));
    const refs = located.filter((p) => p.country === place.country && p.from >= today).flatMap((p) => p.refs);
    const ids = new Set(refs.map(({ id }) => id));
    const named = evidence(refs.length > 0 ? refs : place.refs, 1);
    return [
      {
        tenants: spread.filter((s) => s.refs.some(({ id }) => ids.has(id))).map(({ tenant }) => tenant),
        score,
        limit: scoreLimit,
        severity: 'high',
        because: `in two places ${Math.round(km)} km apart at ${excess >= 10 ? 'about the same time' : `${Math.round(excess * kmPerHour)} km/h`}; an airliner does ${kmPerHour}`,
        ...named,
        // It takes both places to know: the later of the two arrivals decides.
        decidedAt: Math.max(named.decidedAt, ...both.map(({ refs: [first] }) => first?.seenAt ?? 0)),
      },
    ];
  },
  examples: [
    {
      name: 'London and São Paulo within the hour',
      scene: exampleFirm({
        places: [
          examplePlace({ office: 'lon' }),
          examplePlace({ ip: '198.51.100.9', country: 'BR', latitude: -23.5, longitude: -46.6 }),
        ],
      }),
      speaks: ['firm'],
    },
    {
      name: 'hardly any work at home, much of it from a country never seen: the country is what is strange',
      scene: exampleFirm({
        places: [
          examplePlace({ refs: exampleRefs(2) }),
          examplePlace({ ip: '198.51.100.9', country: 'BR', latitude: -23.5, longitude: -46.6, refs: exampleRefs(7) }),
        ],
      }),
      speaks: ['firm'],
    },
    {
      name: 'two addresses of one town',
      scene: exampleFirm({ places: [examplePlace({}), examplePlace({ ip: '192.0.2.8' })] }),
      speaks: [],
    },
  ],
});

/** The place that is not an office; of two such, the country the person is seen in less; of one country, the place. */
function away(a: Place, b: Place, daysIn: (country: string) => number): Place {
  if ((a.office === undefined) !== (b.office === undefined)) return a.office === undefined ? a : b;
  const [there, here] = [daysIn(a.country ?? ''), daysIn(b.country ?? '')];
  if (there !== here) return there < here ? a : b;
  return a.refs.length < b.refs.length ? a : b;
}

function distanceKm(a: Place, b: Place): number {
  const radians = (degrees: number | undefined) => ((degrees ?? 0) * Math.PI) / 180;
  const dLatitude = radians(b.latitude) - radians(a.latitude);
  const dLongitude = radians(b.longitude) - radians(a.longitude);
  const h =
    Math.sin(dLatitude / 2) ** 2 +
    Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * Math.sin(dLongitude / 2) ** 2;
  return 2 * earthKm * Math.asin(Math.min(1, Math.sqrt(h)));
}
