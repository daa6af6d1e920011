/** Asking the server: one function, one hook. */
import { useEffect, useState } from 'react';
import type { Refusal } from '../../server/api.ts';

/** What the server says when it says no. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

type Ask = { readonly method?: 'POST' | 'DELETE'; readonly body?: unknown; readonly signal?: AbortSignal };

/** Throws `Refused` with a sentence for people. */
export async function ask<T>(path: string, { method, body, signal }: Ask = {}): Promise<T> {
  const headers: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
  const init: RequestInit = { method: method ?? 'GET', headers, credentials: 'same-origin' };
  if (body !== undefined) init.body = JSON.stringify(body);
  if (signal) init.signal = signal;
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Refused(0, 'Cordon does not answer. It may have been stopped; start it and open a new link.');
  }
  if (response.status === 204) return undefined as T;
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok) return answer as T;
  throw new Refused(response.status, (answer as Refusal | undefined)?.message ?? 'The server gave no reason.');
}

export interface Answer<T> {
  /** What is shown: of the question before, while the next one loads. */
  readonly value: T | undefined;
  readonly refused: Refused | undefined;
  readonly loading: boolean;
}

/** Asks whenever `path` changes, and drops answers to questions nobody asks any more. `undefined` asks nothing. */
export function useAnswer<T>(path: string | undefined): Answer<T> {
  const [state, setState] = useState<Answer<T> & { path?: string }>({
    value: undefined,
    refused: undefined,
    loading: true,
  });
  useEffect(() => {
    if (path === undefined) return;
    const asked = new AbortController();
    setState((before) => ({ ...before, loading: true }));
    ask<T>(path, { signal: asked.signal }).then(
      (value) => setState({ value, refused: undefined, loading: false, path }),
      (error: unknown) => {
        if (asked.signal.aborted) return;
        const refused = error instanceof Refused ? error : new Refused(0, 'The page could not read the answer.');
        if (refused.status === 401) window.dispatchEvent(new Event(sessionEnded));
        setState({ value: undefined, refused, loading: false, path });
      },
    );
    return () => asked.abort();
  }, [path]);
  return { ...state, loading: state.loading || state.path !== path };
}

/** Sent to the window when the server no longer knows the session. */
export const sessionEnded = 'cordon:session-ended';
