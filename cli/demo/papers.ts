/** What a client's folders hold. Names are made of words that say nothing. */
import { dice } from './dice.ts';
import type { Client } from './firm.ts';

const drawers = ['01 Letters', '02 Workings', '03 From client', '04 Drafts', '05 Signed'] as const;
const subjects = [
  'budget',
  'lease',
  'forecast',
  'minutes',
  'tariff',
  'valuation',
  'payroll',
  'charter',
  'audit plan',
] as const;
const forms = ['note.docx', 'model.xlsx', 'summary.pdf', 'table.xlsx', 'letter.docx', 'slides.pptx'] as const;

const papersPerClient = 70;

/** Ledger tables; each client has a schema of its own, `c_` and its id. */
export const tables = ['journal', 'invoices', 'payees'] as const;
export const schemaOf = ({ id }: Client): string => `c_${id}`;

const known = new Map<string, readonly string[]>();

/** `drawer/name`, the same for the same client always. */
export function papersOf(client: Client): readonly string[] {
  const found = known.get(client.id);
  if (found) return found;
  const chance = dice([...client.id].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7));
  const papers = Array.from(
    { length: papersPerClient },
    (_, n) => `${chance.pick(drawers)}/${chance.pick(subjects)} ${n + 1} ${chance.pick(forms)}`,
  );
  known.set(client.id, papers);
  return papers;
}
