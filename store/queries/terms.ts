/** Terms of duties that one process alone may have. The store's clock decides when a term is over, so nobody else's need be right. */
import type { ClickHouseClient } from '@clickhouse/client';
import { z } from 'zod';
import { type Query, save } from '../query.ts';

const row = z.object({ number: z.number(), holder: z.string(), leftMs: z.number() });

/** The last term of a duty, with what is left of it. Two of one number only where the server forgot a token in between. */
export const lastTerm: Query<{ duty: string }, z.output<typeof row>> = {
  name: 'last-term',
  row,
  sql: `
    SELECT number, holder, toInt64(seconds) * 1000 - dateDiff('millisecond', at, now64(3)) AS leftMs
    FROM terms
    WHERE duty = {duty:String} AND number = (SELECT max(number) FROM terms WHERE duty = {duty:String})`,
};

export interface Term {
  readonly duty: string;
  readonly number: number;
  readonly holder: string;
  readonly seconds: number;
}

/** Answers the same whether or not that number was taken already: ask `lastTerm` whose it is. */
export const saveTerm = (db: ClickHouseClient, term: Term, signal: AbortSignal): Promise<void> =>
  save(
    db,
    'terms',
    {
      question: 'save-term',
      values: [term],
      settings: {
        insert_deduplicate: 1,
        insert_deduplication_token: `${term.duty}/${term.number}`,
        async_insert: 0,
      },
    },
    signal,
  );
