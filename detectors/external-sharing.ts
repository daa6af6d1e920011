import type { JudgedAccess } from '../core/scene.ts';
import { amount, divisor, scoreLimitOf, settingsOf, tenantDetector } from './detector.ts';
import { isOutsideShare } from './judge/count.ts';
import { exampleScene } from './judge/examples.ts';
import { evidence, minusLog, percent } from './judge/say.ts';
import { isGuest } from './judge/who.ts';

const settings = settingsOf({
  shareWeight: amount(0.6, 'how much the rarity of sharing outside counts, as a factor'),
  countriesFrom: amount(3, 'countries from which links are used, from which more is added'),
  countriesExtra: amount(0.8, 'added to the score for uses from so many countries'),
  anyoneExtra: amount(0.3, 'added to the score for a link that anyone can use'),
  withdrawnExtra: amount(0.5, 'added to the score where a share was withdrawn the same day'),
  unexplainedExtra: amount(1, 'added to the score at an unexplained client'),
  usesPerDecade: divisor(2.5, 'uses of links in a day that count as ten times rarer'),
  usesFree: amount(3, 'uses of links in a day that count nothing'),
  scoreLimit: scoreLimitOf(1.2),
});

const shared = { action: 'share', object: '/letter.docx', object_to: 'jo@client.example' } as const;

/** Shared with somebody outside, or with whoever has the link; and how much the link is used. */
export const externalSharing = tenantDetector({
  name: 'external-sharing',
  weight: 0.8,
  cap: 5,
  statistic: (set) =>
    `${set.shareWeight} × −log10 of the share of days on which this person (role, firm) shares outside, ${set.anyoneExtra} more for a link anyone can use, ${set.withdrawnExtra} where it was withdrawn the same day, ${set.unexplainedExtra} more at an unexplained client, plus (uses of the actor’s links that day − ${set.usesFree}) ÷ ${set.usesPerDecade}, ${set.countriesExtra} more for uses from ${set.countriesFrom} countries or more; limit ${set.scoreLimit}`,
  settings,
  source: 'Microsoft 365 audit, sharing schema; MITRE ATT&CK T1567.002',
  falseAlarms: 'Sending documents to the client by link is ordinary work; a link in a newsletter is opened by many.',
  runbook: [
    'To whom? A person of the client, a private mailbox, or whoever has the link?',
    'Who opened it, how often, from where? The uses are among the accesses.',
    'Withdraw the link if nobody can say what it is for.',
  ],
  attack: 'T1567.002',
  judge(
    { actor, accesses, explained, linkUses, domains, baseline },
    {
      shareWeight,
      countriesFrom,
      countriesExtra,
      anyoneExtra,
      withdrawnExtra,
      unexplainedExtra,
      usesPerDecade,
      usesFree,
      scoreLimit,
    },
  ) {
    const shares = accesses.filter((access) => isOutsideShare(access, domains));
    const uses = linkUses.length;
    if (shares.length === 0 && uses <= usesFree) return [];
    const countries = new Set(linkUses.flatMap(({ country }) => (country === undefined ? [] : [country]))).size;
    const anyone = shares.some(({ object_to }) => object_to === undefined);
    const withdrawn = accesses.some(
      ({ action, object, at }) =>
        action === 'unshare' &&
        object !== undefined &&
        shares.some((share) => share.object === object && share.at <= at),
    );
    const open = shares.some((share) => explained[accesses.indexOf(share)] === undefined);
    const score =
      (shares.length > 0 ? shareWeight * minusLog(baseline.outsideDay.p) + Math.log10(shares.length) : 0) +
      (anyone ? anyoneExtra : 0) +
      (withdrawn ? withdrawnExtra : 0) +
      (open ? unexplainedExtra : 0) +
      Math.max(0, uses - usesFree) / usesPerDecade +
      (countries >= countriesFrom ? countriesExtra : 0);
    if (score < scoreLimit) return [];
    const { p, n, level } = baseline.outsideDay;
    return [
      {
        score,
        limit: scoreLimit,
        severity: open || uses > usesFree ? 'high' : 'low',
        because: isGuest(actor.id)
          ? `${uses} uses, from ${countries} countries, of links that nobody is known to have shared; usually up to ${usesFree}`
          : `${shares.length} objects shared outside${anyone ? ', with whoever has the link' : ''}${withdrawn ? ', withdrawn the same day' : ''}, and ${uses} uses of links from ${countries} countries; somebody shares so on ${percent(p)} of days (from ${Math.round(n)} days of the ${level})`,
        ...evidence([...shares, ...linkUses]),
      },
    ];
  },
  examples: [
    {
      name: 'a link for anyone, used thirty times',
      scene: {
        ...exampleScene({ explained: 1, access: { action: 'share' } }),
        linkUses: exampleScene({ unexplained: 30 }).accesses,
      },
      speaks: ['acme'],
    },
    {
      name: 'shared with one person outside',
      scene: exampleScene({ explained: 1, access: shared }),
      speaks: [],
    },
    {
      name: 'the same, and taken back at once',
      scene: (() => {
        const scene = exampleScene({ explained: 2, access: shared });
        const [first, second] = scene.accesses as [JudgedAccess, JudgedAccess];
        return { ...scene, accesses: [first, { ...second, action: 'unshare' }] };
      })(),
      speaks: ['acme'],
    },
    {
      name: 'shared with a colleague',
      scene: exampleScene({ explained: 3, access: { action: 'share', object_to: 'jo@firm.example' } }),
      speaks: [],
    },
  ],
});
