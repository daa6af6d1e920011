/** The letter that carries a client's checkpoints to the client: a witness that the firm cannot rewrite later. Pure. */
import { formatInZone } from '../core/time.ts';
import type { Instant } from '../core/types.ts';
import type { Message } from './notifier.ts';

export interface CheckpointLetter {
  /** Of the firm that keeps the records. */
  readonly firm: string;
  /** The client's own name, and its id, which names the attached file. */
  readonly client: { readonly id: string; readonly name: string };
  readonly to: readonly string[];
  readonly at: Instant;
  readonly zone: string;
  /** Numbers of the first and last checkpoint attached. */
  readonly first: number;
  readonly last: number;
  /** NDJSON, a signed checkpoint a line, as docs/vault.md says. */
  readonly lines: string;
}

export function checkpointLetter({ firm, client, to, at, zone, first, last, lines }: CheckpointLetter): Message {
  const numbers = first === last ? `number ${first}` : `numbers ${first} to ${last}`;
  const subject = `Checkpoints of your data's access records at ${firm}, ${numbers}`;
  const text = `${firm} keeps records of who reached the data of ${client.name}. Attached are the signed
checkpoints of these records, ${numbers}, as of
${formatInZone(at, zone)}.

Please keep this message. Nothing needs to be done with it now.

What it is for: should anybody later take away or change a record that was kept
when these checkpoints were made, the records would no longer agree with
the lines in your hands. An auditor joins the attachments of these messages, in
order, into one file ${client.id}.ndjson and runs

  cordon audit-chain --tenant ${client.id} --witness FOLDER

against the records. Every checkpoint is chained to the one before it, so that a
message that never reached you is noticed as well.

The lines hold counts and hashes: no name of a person or of a document.
`;
  return {
    id: `${client.id}.${last}.checkpoint`,
    subject,
    text,
    to,
    at,
    attachments: [
      { filename: `${client.id}.${first}-${last}.ndjson`, contentType: 'application/x-ndjson', content: lines },
    ],
  };
}
