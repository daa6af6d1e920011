/** What closings say of detectors, and what is proposed from that. */
import { expect, test } from '@jest/globals';
import type { Verdict } from '../../core/closing.ts';
import { detectors } from '../../detectors/index.ts';
import { createRules } from '../../detectors/rules.ts';
import { closedOf, precisionOf, propose, proposed } from '../../detectors/tuning.ts';
import { candidate } from '../alerts/example.ts';

const rules = createRules(detectors);
/** One closed alert of each verdict, all by these detectors at this client. */
const closed = (names: readonly string[], tenant: string, ...as: (Verdict | undefined)[]) =>
  as.map((verdict, i) => ({
    alert: candidate({ id: `${names.join()}${tenant}${i}`, detectors: names, tenants: [tenant] }),
    verdict,
  }));
function tuned(...all: ReturnType<typeof closed>[]) {
  const verdicts = new Map(all.flat().map(({ alert, verdict }) => [alert.id, verdict]));
  const precision = precisionOf(
    all.flat().map(({ alert }) => alert),
    (id) => verdicts.get(id),
  );
  return { precision, proposals: propose(precision, rules) };
}

test('true and false are counted for each detector that had a part; open ones and duplicates for none', () => {
  const { precision } = tuned(
    closed(['surge', 'leaver'], 'acme', 'malicious', 'explained', 'duplicate', undefined),
    closed(['surge'], 'globex', 'test', 'policy', 'mistake'),
  );
  expect(precision.firm).toEqual([
    { detector: 'leaver', true: 1, false: 1 },
    { detector: 'surge', true: 3, false: 2 },
  ]);
  expect(precision.tenants.find((one) => one.detector === 'surge' && one.tenant === 'acme')).toMatchObject({
    true: 1,
    false: 1,
  });
});

test('a detector that is mostly wrong is believed half as much', () => {
  const { proposals } = tuned(closed(['surge'], 'acme', 'explained', 'explained', 'test', 'explained', 'test'));
  expect(proposals).toEqual([{ detector: 'surge', was: 0.5, weight: 0.25, reason: '5 alerts closed, 0 of them true' }]);
  expect(proposed(proposals).detectors).toEqual({
    surge: { weight: 0.25, reason: '5 alerts closed, 0 of them true' },
  });
});

test('one that is mostly right, a quarter more', () => {
  const { proposals } = tuned(closed(['surge'], 'acme', 'policy', 'policy', 'policy', 'malicious', 'test'));
  expect(proposals.map(({ weight }) => weight)).toEqual([0.63]);
});

test('four closings propose nothing, nor does a mixed record', () => {
  expect(tuned(closed(['surge'], 'acme', 'test', 'test', 'test', 'test')).proposals).toEqual([]);
  expect(tuned(closed(['surge'], 'acme', 'test', 'test', 'test', 'policy', 'policy')).proposals).toEqual([]);
});

test('what is wrong at one client only is weighed there alone', () => {
  const { proposals } = tuned(
    closed(['surge'], 'acme', 'test', 'test', 'test', 'test', 'test'),
    closed(['surge'], 'globex', 'policy', 'policy', 'policy'),
  );
  expect(proposed(proposals)).toEqual({
    detectors: {},
    overrides: [
      { tenants: ['acme'], reason: '5 alerts closed, 0 of them true', detectors: { surge: { weight: 0.25 } } },
    ],
  });
});

test('what became of a detector’s candidates is counted, each once, and precision says of how many', () => {
  const of = (id: string, ...detectors: string[]) => ({ id, detectors });
  const said = new Map<string, Verdict>([
    ['a', 'malicious'],
    ['b', 'explained'],
    ['c', 'duplicate'],
    ['d', 'test'],
  ]);
  const became = closedOf(
    [
      of('a', 'surge', 'crowd'),
      of('b', 'surge'),
      of('c', 'surge'),
      of('d', 'surge'),
      of('e', 'surge'),
      of('e2', 'far'),
    ],
    (alert) => said.get(alert),
  );
  expect(became.get('surge')).toEqual({
    ...{ candidates: 5, true: 1, false: 2, duplicate: 1, not_closed: 1, precision: 1 / 3, n: 3 },
  });
  expect(became.get('crowd')).toMatchObject({ candidates: 1, true: 1, precision: 1, n: 1 });
  expect(became.get('far')).toMatchObject({ candidates: 1, not_closed: 1, precision: null, n: 0 });
});
