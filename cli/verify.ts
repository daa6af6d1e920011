/** `cordon verify`: is this bundle as it was sealed, this receipt as it was signed? Needs no configuration, no store and no network. */
import type { KeyObject } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Fault, isFault } from '../core/errors.ts';
import { publicKeysIn } from '../core/public-keys.ts';
import { type KeysGiven, type KeyUsed, type Verdict, verifyBundle } from '../evidence/verify.ts';
import { receiptIn, type SignedReceipt, verifyReceipt } from '../evidence/verify-receipt.ts';
import { command, type ExitCode, type Io } from './command.ts';
import { printable, printableLines } from './printable.ts';

/** A million batches. */
const receiptBytesMax = 128 * 1024 * 1024;

export const verify = command({
  name: 'verify',
  examples: [
    'cordon verify acme.zip',
    'cordon verify acme.zip --key exporter.pub.pem  # the key you were given by other means',
    'cordon verify acme/ --collector-key fs1=fs1.pub.pem --json  # an unpacked bundle',
    'cordon verify acme-20260304T091500Z.json --key vault.pub.pem  # the receipt of `cordon tenants destroy`',
  ],
  positionals: 'FILE',
  options: {
    key: {
      type: 'string',
      value: 'PEM',
      help: "the exporter's public key, if you have it from elsewhere; of a receipt the vault's",
    },
    'collector-key': {
      type: 'string',
      multiple: true,
      value: 'NAME=PEM',
      help: "a collector's public key, if you have it from elsewhere; may be repeated",
    },
  },

  async run({ values, positionals }, io) {
    const [file, ...more] = positionals;
    if (file === undefined || more.length > 0)
      throw new Fault('USAGE', 'write `cordon verify FILE`, one bundle or receipt');
    const receipt = receiptAt(resolve(io.cwd, file));
    if (receipt) return checkReceipt(file, receipt, values, io);
    const given: KeysGiven = {
      exporter: values.key === undefined ? undefined : keysIn(values.key, io)[0],
      collectors: collectorKeys(values['collector-key'] ?? [], io),
    };
    const verdict = await verifyBundle(resolve(io.cwd, file), given, io.signal).catch((error: unknown) => {
      if (isFault(error, 'NOT_FOUND')) throw new Fault('USAGE', error.message, {}, error);
      throw error;
    });
    io.out.write(values.json === true ? `${JSON.stringify(verdict)}\n` : inWords(file, verdict));
    return verdict.holds ? 0 : 1;
  },
});

function receiptAt(path: string): SignedReceipt | undefined {
  const there = statSync(path, { throwIfNoEntry: false });
  if (!there?.isFile() || !path.endsWith('.json') || there.size > receiptBytesMax) return undefined;
  return receiptIn(readFileSync(path, 'utf8'));
}

function checkReceipt(
  file: string,
  receipt: SignedReceipt,
  { key, json }: { readonly key?: string | undefined; readonly json?: boolean | undefined },
  io: Io,
): ExitCode {
  const [vault] = key === undefined ? [] : keysIn(key, io);
  if (vault === undefined)
    throw new Fault('USAGE', 'this is a receipt: give the key of the vault that signed it with --key vault.pub.pem');
  const verdict = verifyReceipt(receipt, vault);
  const { holds, problem, tenant, at, by, accesses, batches } = verdict;
  if (json === true) io.out.write(`${JSON.stringify(verdict)}\n`);
  else if (holds)
    io.out.write(
      printableLines(
        `${file} HOLDS.\nThe keys of client ${tenant} were destroyed ${at} by ${by}: ${accesses} accesses in ${batches} batches cannot be read again.\nKey, SHA-256:\n  vault ${verdict.key} (given by you)\n`,
      ),
    );
  else io.out.write(`${printable(file)} DOES NOT HOLD.\n  ${problem}\n`);
  return holds ? 0 : 1;
}

function keysIn(file: string, io: Io): KeyObject[] {
  let keys: KeyObject[];
  try {
    keys = publicKeysIn(readFileSync(resolve(io.cwd, file), 'latin1')).map(({ key }) => key);
  } catch (error) {
    throw new Fault('USAGE', `${file} is not a readable public key in PEM`, {}, error);
  }
  if (keys.every(({ asymmetricKeyType }) => asymmetricKeyType === 'ed25519')) return keys;
  throw new Fault('USAGE', `${file} is not an Ed25519 key`);
}

/** A collector may have had several keys: in one file, or one file each. */
function collectorKeys(texts: readonly string[], io: Io): Map<string, readonly KeyObject[]> {
  const given = new Map<string, readonly KeyObject[]>();
  for (const text of texts) {
    const at = text.indexOf('=');
    if (at < 1) throw new Fault('USAGE', `\`${text}\` names no collector; write --collector-key NAME=FILE`);
    const name = text.slice(0, at);
    given.set(name, [...(given.get(name) ?? []), ...keysIn(text.slice(at + 1), io)]);
  }
  return given;
}

function inWords(file: string, verdict: Verdict): string {
  const { query, problems, more } = verdict;
  const asked = query
    ? `Accesses to the data of client ${query.tenant} from ${query.from} until ${query.until}${query.actor ? `, by ${query.actor}` : ''}\n`
    : '';
  const wrong = problems.map((one) => `  ${one.file}${one.where ? `, ${one.where}` : ''}: ${one.what}\n`).join('');
  if (!verdict.holds) {
    const others = more > 0 ? `  and ${more} more\n` : '';
    return `${printable(file)} DOES NOT HOLD.\n${printableLines(`${asked}${wrong}`)}${others}`;
  }
  return printableLines(`${file} HOLDS.\n${asked}${proven(verdict)}${doubts(verdict)}${keysInWords(verdict)}`);
}

function proven(verdict: Verdict): string {
  const runs = verdict.streams.map(({ collector, first, last, prev }) => {
    const begins = /^0+$/.test(prev) ? 'the first of its stream' : 'what came before is not in this bundle';
    return `  ${collector}: batches ${first} to ${last} without a gap (${begins})\n`;
  });
  return [
    `Proven: ${verdict.accesses} accesses and their ${verdict.records} records are as they were sealed, `,
    `in ${verdict.batches} signed batches.\n`,
    ...runs,
    ...verdict.custody.map(({ act, at, by, tool }) => `  ${act} ${at} by ${by} with ${tool}\n`),
  ].join('');
}

function doubts({ redacted, undisclosed, withheld, gaps, notes }: Verdict): string {
  let text = '';
  if (redacted > 0) text += `${redacted} accesses are redacted: they were there, and what they said is not shown.\n`;
  if (undisclosed > 0) {
    text += `${undisclosed} accesses sealed in the same batches are not in the bundle: of other times, other actors, or repeats.\n`;
  }
  if (withheld > 0)
    text += `Of those, ${withheld} lie in batches wholly inside the range: repeats of an access that is shown, or withheld. Ask the exporter.\n`;
  for (const { source, kind, what, from, until } of gaps) {
    text += `Known gap, ${source}, ${kind}${from ? ` from ${from}` : ''}${until ? ` until ${until}` : ''}: ${what}\n`;
  }
  for (const note of notes) text += `${note}\n`;
  return text;
}

function keysInWords({ exporter, collectors }: Verdict): string {
  const keys = [...(exporter ? [exporter] : []), ...collectors];
  const line = ({ name, fingerprint, given }: KeyUsed) =>
    `  ${name} ${fingerprint}${given ? ' (given by you)' : ' (from the bundle)'}\n`;
  const warning = keys.every(({ given }) => given)
    ? ''
    : 'Keys from the bundle show that it is consistent, not who made it: compare their fingerprints with what you were told.\n';
  return `Keys, SHA-256:\n${keys.map(line).join('')}${warning}`;
}
