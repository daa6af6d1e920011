/** What is to be appended to the demo's logs, in order, kept beside them so that it can be played by another process. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../../core/errors.ts';
import type { Instant } from '../../core/types.ts';
import { type Line, sourceNames } from './act.ts';

export interface Plan {
  /** From then on it is played slowly. */
  readonly liveFrom: Instant;
  /** `path`: relative to the demo's folder. */
  readonly files: readonly { readonly source: Line['source']; readonly path: string }[];
  /** In order of time. */
  readonly lines: readonly Line[];
}

const fileOf = (folder: string) => join(folder, '.demo', 'plan.ndjson');

export function writePlan(folder: string, { liveFrom, files, lines }: Plan): void {
  mkdirSync(join(folder, '.demo'), { recursive: true });
  // Latin-1 keeps the broken records' bytes.
  const rows = lines.map(({ at, source, record }) =>
    JSON.stringify([at, source, Buffer.from(record).toString('latin1')]),
  );
  writeFileSync(fileOf(folder), `${[JSON.stringify({ liveFrom, files }), ...rows].join('\n')}\n`);
}

/** Throws NOT_FOUND for a folder that `writeDemoFirm` did not write. */
export function readPlan(folder: string): Plan {
  let text: string;
  try {
    text = readFileSync(fileOf(folder), 'utf8');
  } catch (error) {
    throw new Fault('NOT_FOUND', `${folder} holds no demo; run \`cordon demo\` to make one`, {}, error);
  }
  const [head = '', ...rows] = text.trimEnd().split('\n');
  const { liveFrom, files } = JSON.parse(head) as Omit<Plan, 'lines'>;
  const lines = rows.map((row): Line => {
    const [at, source, record] = JSON.parse(row) as [Instant, string, string];
    const known = sourceNames.find((name) => name === source);
    if (!known) throw new Fault('NOT_FOUND', `${fileOf(folder)} names a source that the demo does not have`);
    return { at, source: known, record: Buffer.from(record, 'latin1') };
  });
  return { liveFrom, files, lines };
}
