/** What an attacker on this machine can do with one user's credentials: plain HTTP, no client library in between. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSecrets } from '../../store/secrets.ts';

export interface Answer {
  readonly ok: boolean;
  readonly text: string;
}

export function askAs(dataDir: string, user: string, password = openSecrets(dataDir).passwordOf(user)) {
  const { port } = JSON.parse(readFileSync(join(dataDir, 'clickhouse', 'endpoint.json'), 'utf8')) as { port: number };
  return async (sql: string, settings: Readonly<Record<string, string>> = {}): Promise<Answer> => {
    const query = new URLSearchParams({ wait_end_of_query: '1', ...settings });
    const response = await fetch(`http://127.0.0.1:${port}/?${query}`, {
      method: 'POST',
      body: sql,
      headers: { 'X-ClickHouse-User': user, 'X-ClickHouse-Key': password },
      signal: AbortSignal.timeout(60_000),
    });
    return { ok: response.ok, text: await response.text() };
  };
}
