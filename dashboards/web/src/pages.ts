/** Lists that come in pages: the first at once, the next when asked for. */
import { useEffect, useRef, useState } from 'react';
import { ask, Refused, useAnswer } from './ask.ts';

export interface Pages<T> {
  readonly items: readonly T[];
  readonly refused: Refused | undefined;
  readonly loading: boolean;
  /** Absent: all is there. */
  readonly more: (() => void) | undefined;
}

/** `path` ends in a query; `items` takes the list out of an answer. */
export function usePages<A extends { readonly next?: string | undefined }, T>(
  path: string | undefined,
  itemsOf: (answer: A) => readonly T[],
): Pages<T> {
  const first = useAnswer<A>(path);
  const [rest, setRest] = useState<readonly A[]>([]);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<Refused>();
  const current = useRef(path);
  useEffect(() => {
    current.current = path;
    setRest([]);
    setRefused(undefined);
  }, [path]);
  const pages = first.value === undefined ? [] : [first.value, ...rest];
  const next = pages.at(-1)?.next;
  const more = () => {
    if (next === undefined || path === undefined || busy) return;
    setBusy(true);
    ask<A>(`${path}${path.includes('?') ? '&' : '?'}after=${encodeURIComponent(next)}`)
      .then((page) => {
        if (current.current === path) setRest((before) => [...before, page]);
      })
      .catch((error: unknown) => setRefused(error instanceof Refused ? error : new Refused(0, 'The page broke off.')))
      .finally(() => setBusy(false));
  };
  return {
    items: pages.flatMap((page) => [...itemsOf(page)]),
    refused: first.refused ?? refused,
    loading: first.loading || busy,
    more: next === undefined ? undefined : more,
  };
}
