/** What `cordon demo` says on the screen: plain sentences, and commands that work when pasted. */
import { join } from 'node:path';
import type { Notice } from '../../alerts/notice.ts';
import { firstSentence } from '../../alerts/sentence.ts';
import { nextSteps, quoted } from '../../alerts/steps.ts';
import { laundered } from './facts.ts';
import { clients, firmName, offices, people } from './firm.ts';
import { lateFacts } from './play.ts';
import type { DemoFirm } from './write.ts';

export function introduction(firm: DemoFirm, folder: string): string {
  const records = firm.files.reduce((sum, file) => sum + file.records, 0).toLocaleString('en-US');
  const rooms = offices.map(({ name }) => name).join(' and ');
  return `${firmName} is an invented firm: ${people.length} people, ${clients.length} clients, offices in ${rooms}.
Its four systems are about to write ${records} records of six working days into
${folder}/logs, and Cordon tails them there, as it would in a real firm.
`;
}

/** One line when a mail arrives, and where it lies. */
export function arrived(notice: Notice, file: string): string {
  return `[${notice.candidate.severity}] ${firstSentence(notice)}\n    ${file}\n`;
}

export interface Closing {
  readonly firm: DemoFirm;
  readonly folder: string;
  /** What was mailed, in the order it came. */
  readonly notices: readonly Notice[];
  /** The link that opens the pages, once. */
  readonly page: string | undefined;
  /** How to call Cordon from where the reader is, e.g. `npm run -s cordon --`. */
  readonly program: string;
}

export function closing({ firm, folder, notices, page, program }: Closing): string {
  const mails = notices.length;
  const best = [...notices].sort((a, b) => b.candidate.score - a.candidate.score)[0];
  const late = notices.find(({ candidate }) => candidate.actor === laundered.person)?.candidate.accesses[0];
  const out: string[] = [];
  const config = quoted(firm.config);
  out.push(`${mails} ${mails === 1 ? 'mail' : 'mails'} in ${folder}/mail/new. What was hidden in the records:`, '');
  out.push(...firm.story.map((sentence) => `  - ${sentence}`), '', 'What you can do next:', '');
  const step = (why: string, command: string) => out.push(`  # ${why}`, `  ${command}`, '');
  if (page !== undefined) step('The pages, in a browser (the link works once)', page);
  step('The alerts', `${program} alerts --config ${config}`);
  for (const { why, command } of best === undefined ? [] : nextSteps(best)) step(why, command);
  step(
    'Somebody writes down only now that C-4033 was a client of Pieter Osborn all along',
    `${program} facts import ${quoted(join(folder, lateFacts))} --config ${config}`,
  );
  if (late !== undefined) {
    step('Ask why he could: then, as known then, as known now', `${program} explain ${late} --config ${config}`);
  }
  step('Records that no collector could read, and why', `${program} rejects --config ${config}`);
  return `${out.join('\n')}\n`;
}
