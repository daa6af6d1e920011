/**
 * The files of a bundle and the shape of their lines. docs/formats.md says the same in prose. Both sides read this: who
 * writes a bundle and who checks one. It stands with the checking side because that side may import
 * nothing else.
 */
import { hash, type KeyObject } from 'node:crypto';
import type { RawText } from '../core/records.ts';

/** The tag files of the bag (RFC 8493), beside the folder `data`. */
export const tags = {
  declaration: 'bagit.txt',
  info: 'bag-info.txt',
  manifest: 'manifest-sha256.txt',
  tagManifest: 'tagmanifest-sha256.txt',
  signature: 'manifest.sig',
  exporter: 'exporter.pub.pem',
} as const;

export const payload = {
  accesses: 'data/accesses.ndjson',
  records: 'data/records.ndjson',
  proofs: 'data/proofs.ndjson',
  custody: 'data/custody.ndjson',
  gaps: 'data/gaps.json',
  readme: 'data/README.txt',
} as const;

export const chainFolder = 'data/chain/';
export const keyFolder = 'data/keys/';

/** Every byte that `sha256sum` or a file system might not take literally becomes `~` and two hex digits. */
function fileStem(collector: string): string {
  return Buffer.from(collector, 'utf8')
    .toString('latin1')
    .replace(/[^A-Za-z0-9._-]/g, (char) => `~${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

export const chainFile = (collector: string): string => `${chainFolder}${fileStem(collector)}.ndjson`;
export const keyFile = (collector: string): string => `${keyFolder}${fileStem(collector)}.pub.pem`;

/** RFC 8493 section 2.1.1, the whole of the file. */
export const declaration = 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n';

export const filesMax = 4_096;
/** One line of NDJSON; 16 MiB of raw records, all of it in six-character escapes, fits. */
export const lineBytesMax = 128 * 1024 * 1024;
/** A tag file, a key, the custody, the gaps. */
export const smallFileBytesMax = 16 * 1024 * 1024;
export const accessesMax = 5_000_000;
/** Header blocks of all streams together. */
export const headersMax = 1_000_000;

/** What was asked for. Times are ISO 8601, UTC, milliseconds, `Z`; `until` is not in the range. */
export interface BundleQuery {
  readonly tenant: string;
  readonly from: string;
  readonly until: string;
  readonly actor?: string | undefined;
}

/** One line of `data/custody.ndjson`: who did what to this bundle, when, with which key. */
export interface CustodyAct {
  readonly act: 'exported' | 'redacted';
  readonly at: string;
  readonly by: string;
  /** Program and version. */
  readonly tool: string;
  /** SHA-256 of the signing key's SubjectPublicKeyInfo (DER), hex. */
  readonly key: string;
  /** Of `exported`. */
  readonly query?: BundleQuery | undefined;
  /** Of `redacted`: SHA-256 of the manifest this bundle had before, and how many lines were taken out now. */
  readonly was?: string | undefined;
  readonly lines?: number | undefined;
}

/** One line of `data/chain/<collector>.ndjson`: the header block as it was signed, character for character. */
export interface ChainLine {
  readonly block: string;
  readonly sig: string;
}

/** One line of `data/proofs.ndjson`, of the access on the same line of `data/accesses.ndjson`. Hashes are hex. */
export interface ProofLine {
  readonly collector: string;
  readonly seq: number;
  readonly index: number;
  /** 16 bytes, hex. Of a redacted line it is absent, and `leaf` stands in its place. */
  readonly salt?: string | undefined;
  readonly leaf?: string | undefined;
  readonly proof: readonly string[];
}

/** What stands in `accesses.ndjson` and `records.ndjson` for a line that was taken out. */
export interface RedactedLine {
  readonly redacted: string;
}

/** One record: its text when its bytes are UTF-8, else its bytes in base64. */

export interface RecordsLine {
  readonly id: string;
  readonly raw: readonly RawText[];
}

/** What is known to be missing or doubtful in the range. */
export interface Gap {
  /** The source or collector it is about. */
  readonly source: string;
  /**
   * `silent`: nothing arrived in that time. `numbers`: records that a platform numbered and that never came. `missing`,
   * `damaged`: of a batch. `rejects`: records no collector could read. `expired`: seen before `until`, and no longer kept.
   */
  readonly kind: 'silent' | 'numbers' | 'missing' | 'damaged' | 'rejects' | 'expired';
  readonly what: string;
  readonly from?: string | undefined;
  readonly until?: string | undefined;
}

/** A run of one stream's batches. `prev` is the hash of the header block before the first; zeros if none was before. */
export interface StreamRun {
  readonly collector: string;
  readonly first: number;
  readonly last: number;
  readonly prev: string;
}

/** SHA-256 of the SubjectPublicKeyInfo (DER), hex: `openssl pkey -pubin -outform DER | sha256sum`. */
export const fingerprintOf = (key: KeyObject): string =>
  hash('sha256', key.export({ type: 'spki', format: 'der' }), 'hex');

const compact = (iso: string) => iso.replaceAll(/[-:]|\.\d+/g, '');

/** The bag's base folder: the same for every export of one range. */
export const bagName = ({ tenant, from, until }: BundleQuery): string =>
  `cordon-${tenant}-${compact(from)}-${compact(until)}`;

/** `bag-info.txt` says nothing that is not in the signed custody; so a checker can ask for exactly this text. */
export function bagInfo(acts: readonly CustodyAct[], oxum: { readonly bytes: number; readonly files: number }): string {
  const query = acts[0]?.query;
  const last = acts[acts.length - 1];
  if (!query || !last) return '';
  return [
    `Bag-Software-Agent: ${last.tool}`,
    `Bagging-Date: ${last.at.slice(0, 10)}`,
    `External-Description: Accesses to the data of client ${query.tenant} from ${query.from} until ${query.until}`,
    `External-Identifier: ${bagName(query)}`,
    `Payload-Oxum: ${oxum.bytes}.${oxum.files}`,
    '',
  ].join('\n');
}

/** The comment of the zip file: its last 64 characters are the SHA-256 of every byte before them. */
export const zipSealText = 'cordon bundle; SHA-256 of all bytes before this digest: ';
export const digestChars = 64;
