import { expect, test } from '@jest/globals';
import { isTold } from '../../../ingest/bus/kafka-sender.ts';

test('of a topic that is refused for an hour, two seconds apart, the log has a line about each minute', () => {
  const told = Array.from({ length: 1_800 }, (_, index) => index + 1).filter(isTold);
  expect(told.slice(0, 8)).toEqual([1, 2, 4, 8, 16, 30, 60, 90]);
  expect(told).toHaveLength(65);
});
