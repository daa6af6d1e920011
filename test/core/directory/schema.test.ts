import { expect, test } from '@jest/globals';
import { writtenDirectory } from './written-directory.ts';

const keptFor = (retention: string) =>
  writtenDirectory(`firm: { name: F, time_zone: UTC }\nclients: [{ id: acme, name: Acme, retention: ${retention} }]\n`);
/** A DateTime of ClickHouse's is a count of 32 bits; a sum beyond begins again at 1970, and its row is over at once. */
const storeEnds = Date.UTC(2106, 1, 7);

test('nothing is kept so long that what lands today would be over before it', () => {
  const [acme] = keptFor('19999d').clients.values();
  expect(acme?.retention.file).toBe(19_999);
  expect(Date.UTC(2050, 0, 1) + 19_999 * 86_400_000).toBeLessThan(storeEnds);
});

test.each(['20000d', '36500d', '99999d', '0d', '{ default: 36500d }'])('a retention of %s is refused', (retention) => {
  expect(() => keptFor(retention)).toThrow(
    expect.objectContaining({ code: 'DIRECTORY_INVALID', message: expect.stringContaining('at most 19999d') }),
  );
});
