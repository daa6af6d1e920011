import { expect, test } from '@jest/globals';
import { isMuted, muteLike } from '../../alerts/mute.ts';
import { candidate } from './example.ts';

const terms = { from: '2026-03-04T00:00:00.000Z', until: '2026-04-01T00:00:00.000Z', by: 'p1', reason: 'audit week' };
const mute = muteLike(candidate(), terms);

test.each([
  ['the same news is quiet', {}, true],
  ['another person is not', { actor: 'p8' }, false],
  ['another client beside it is news', { tenants: ['acme', 'globex'] }, false],
  ['another detector is news', { detectors: ['surge', 'leaver'] }, false],
  ['fewer detectors are not', { detectors: ['surge'] }, true],
  ['after its end it is loud again', { raised_at: '2026-04-01T00:00:00.000Z' }, false],
  ['before it began it was loud', { raised_at: '2026-03-03T23:59:59.999Z' }, false],
])('%s', (_, over, expected) => expect(isMuted(candidate(over), [mute])).toBe(expected));

test('nobody mutes themselves', () => {
  expect(isMuted(candidate(), [muteLike(candidate(), { ...terms, by: 'p7' })])).toBe(false);
});
