import type { FirmScene, Place, Ref } from '../core/scene.ts';
import { amount, firmDetector, scoreLimitOf, settingsOf } from './detector.ts';
import { exampleFirm, examplePlace } from './judge/firm-examples.ts';
import { evidence, minusLog, percent } from './judge/say.ts';

const settings = settingsOf({
  hostingExtra: amount(0.7, 'added to the score for a hosting network'),
  hourWeight: amount(0.6, 'how much the rarity of the hour counts, as a factor'),
  hourMax: amount(1.2, 'most that the hour adds to the score'),
  muchFrom: amount(20, 'accesses, from which more is added'),
  muchExtra: amount(0.4, 'added to the score for so many accesses'),
  scoreLimit: scoreLimitOf(1),
});

/** A country this person has not been seen in, and no travel fact says that they are there. */
export const newPlace = firmDetector({
  name: 'new-place',
  family: 'place',
  weight: 1,
  statistic: ({ hostingExtra, hourMax, muchFrom, muchExtra, scoreLimit }) =>
    `−log10 of how often this person (their role, the firm) is seen in a country new to them, ${hostingExtra} more from a hosting network, ${muchExtra} for ${muchFrom} accesses or more, up to ${hourMax} for an hour when the person does not work; offices, VPN and recorded travel left out; limit ${scoreLimit}`,
  settings,
  source: 'Microsoft Sentinel UEBA, first-time insights; MITRE ATT&CK T1078.004',
  falseAlarms: 'A journey nobody recorded; a phone that roams; a geo table that is wrong or old.',
  runbook: [
    'Ask the person, by telephone, where they are.',
    'Does the usual device still work from the usual place at the same time? See impossible-travel.',
    'If it is not them: end all sessions, new credentials, then read what that address opened.',
  ],
  attack: 'T1078.004',
  judge(scene, { hostingExtra, hourWeight, hourMax, muchFrom, muchExtra, scoreLimit }) {
    const { actor, day, places, spread, baseline } = scene;
    const today = Date.parse(`${day}T00:00:00Z`);
    const strange = places.filter(
      (place) => place.from >= today && isStrange(place, baseline.daysIn, baseline.travels),
    );
    if (strange.length === 0 || actor.kind !== 'person') return [];
    const hosting = strange.some(({ kind }) => kind === 'hosting');
    const refs = strange.flatMap((place) => place.refs);
    const score =
      minusLog(baseline.newCountry.p) +
      (hosting ? hostingExtra : 0) +
      (refs.length >= muchFrom ? muchExtra : 0) +
      Math.min(hourMax, hourWeight * oddHour(scene, refs));
    if (score < scoreLimit) return [];
    const ids = new Set(refs.map(({ id }) => id));
    const tenants = spread.filter((s) => s.refs.some(({ id }) => ids.has(id))).map(({ tenant }) => tenant);
    const { p, n, level } = baseline.newCountry;
    const countries = [...new Set(strange.map(({ country }) => country))].sort();
    return [
      {
        tenants,
        score,
        limit: scoreLimit,
        severity: 'medium',
        because: `${refs.length} accesses from ${countries.join(', ')}${hosting ? ' (a hosting network)' : ''}, where the person was never seen and no journey is recorded; that is so on ${percent(p)} of days (from ${Math.round(n)} days of the ${level})`,
        ...evidence(refs, 1),
      },
    ];
  },
  examples: [
    {
      name: 'a country never seen',
      scene: exampleFirm({ spread: [], places: [examplePlace({ country: 'BR', kind: 'hosting' })] }),
      speaks: ['firm'],
    },
    { name: 'the usual country', scene: exampleFirm({ places: [examplePlace({})] }), speaks: [] },
    {
      name: 'a recorded journey',
      scene: exampleFirm({ places: [examplePlace({ country: 'BR' })] }, { travels: new Set(['BR']) }),
      speaks: [],
    },
  ],
});

function isStrange(place: Place, daysIn: (country: string) => number, travels: ReadonlySet<string>): boolean {
  if (place.country === undefined || place.office !== undefined || place.vpn) return false;
  return daysIn(place.country) === 0 && !travels.has(place.country);
}

/** −log10 of the share of days on which the person is active in the hour in which most of these fall. */
function oddHour({ hours, baseline }: FirmScene, refs: readonly Ref[]): number {
  const here = new Set(refs);
  const counted = hours.map((hour) => ({ hour, n: hour.refs.filter((ref) => here.has(ref)).length }));
  const most = counted.sort((a, b) => b.n - a.n || a.hour.hour - b.hour.hour)[0];
  return most === undefined || most.n === 0 ? 0 : minusLog(baseline.hourShare(most.hour.hour, most.hour.dayOff).p);
}
