import { expect, test } from '@jest/globals';
import { defaultsOf } from '../../detectors/detector.ts';
import { impossibleTravel } from '../../detectors/impossible-travel.ts';
import { exampleFirm, examplePlace, exampleRefs } from '../../detectors/judge/firm-examples.ts';

const at = (hour: number) => Date.UTC(2026, 2, 4, hour);
const place = (country: string, hour: number, n: number, latitude: number, longitude: number) => {
  const refs = exampleRefs(n, at(hour)).map((ref) => ({ ...ref, id: `${country}${ref.id}` }));
  return examplePlace({ country, latitude, longitude, from: at(hour), until: at(hour), refs });
};

test('the country the person is seen in less is the strange one, and nobody knows before both were seen', () => {
  const home = place('GB', 7, 2, 51.5, -0.1);
  const away = place('BR', 9, 7, -23.5, -46.6);
  const judge = (places: (typeof home)[]) =>
    impossibleTravel.judge(exampleFirm({ places }), defaultsOf(impossibleTravel))[0];
  expect(judge([home, away])?.accesses).toEqual(away.refs.map(({ id }) => id));
  expect(judge([home, away])?.decidedAt).toBe(away.refs[0]?.seenAt);
  const early = place('BR', 5, 7, -23.5, -46.6);
  expect(judge([early, home])?.accesses).toEqual(early.refs.map(({ id }) => id));
  expect(judge([early, home])?.decidedAt).toBe(home.refs[0]?.seenAt);
});
