/** The bag itself: every file on a list, every list signed or listed, nothing beside them (RFC 8493 section 3). */
import { createHash, type KeyObject, verify as verifyBytes } from 'node:crypto';
import { publicKeysIn } from '../core/public-keys.ts';
import { broken, type OpenBag, smallFile } from './verify-bag.ts';
import {
  type BundleQuery,
  bagInfo,
  type CustodyAct,
  declaration,
  fingerprintOf,
  payload,
  tags,
} from './verify-format.ts';
import { isObject, objectOf, type Report } from './verify-report.ts';

export interface Custody {
  readonly query: BundleQuery;
  readonly acts: readonly CustodyAct[];
}

/** Checks both manifests against the files, byte for byte. */
export async function checkManifests(bag: OpenBag, report: Report): Promise<void> {
  const listed = new Set<string>([tags.tagManifest]);
  const isTag = (name: string) => !name.startsWith('data/');
  for (const [manifest, belongs] of [
    [tags.tagManifest, isTag],
    [tags.manifest, (name: string) => !isTag(name)],
  ] as const) {
    await report.guard(manifest, async () => {
      for (const [name, digest] of parseManifest(await smallFile(bag, manifest))) {
        if (!belongs(name)) report.add({ file: manifest, what: `lists ${name}, which does not belong there` });
        else if (listed.has(name)) report.add({ file: manifest, what: `lists ${name} twice` });
        else await report.guard(name, () => checkDigest(bag, name, digest, manifest, report));
        listed.add(name);
      }
    });
  }
  for (const name of [...bag.files.keys(), ...Object.values(tags), ...Object.values(payload)]) {
    if (listed.has(name)) continue;
    listed.add(name);
    const what = bag.files.has(name) ? 'is on no list: it was added afterwards' : 'is missing, and no list names it';
    report.add({ file: name, what });
  }
  await report.guard(tags.declaration, async () => {
    if ((await smallFile(bag, tags.declaration)).toString() !== declaration) {
      report.add({ file: tags.declaration, what: 'does not declare a BagIt 1.0 bag in UTF-8' });
    }
  });
}

async function checkDigest(bag: OpenBag, name: string, digest: string, list: string, report: Report): Promise<void> {
  if (!bag.files.has(name)) throw broken(`is missing, and ${list} lists it`, name);
  const actual = createHash('sha256');
  for await (const chunk of bag.open(name)) actual.update(chunk);
  if (actual.digest('hex') !== digest)
    report.add({ file: name, what: `is not the file that ${list} lists: its SHA-256 differs` });
}

function parseManifest(content: Buffer): [name: string, digest: string][] {
  const lines = content.toString('utf8').split('\n');
  if (lines.pop() !== '') throw broken('ends in the middle of a line');
  return lines.map((line, index) => {
    const [, digest, name] = /^([0-9a-f]{64}) {2}([\w.~/-]+)$/.exec(line) ?? [];
    if (!digest || !name) throw broken(`line ${index + 1} is not a digest, two spaces and a file name`);
    return [name, digest];
  });
}

/**
 * The signature over the manifest, and the custody that it covers. Gives the exporter's key as well.
 * @param given the key the checker was handed by other means; without it the bundle's own is used
 */
export async function checkSignature(bag: OpenBag, given: KeyObject | undefined, report: Report) {
  const inside = await report.guard(tags.exporter, async () => publicKey(await smallFile(bag, tags.exporter)));
  const key = given ?? inside;
  if (given && inside && !given.equals(inside)) {
    report.add({ file: tags.exporter, what: 'is another key than the one you gave' });
  }
  await report.guard(tags.signature, async () => {
    const signature = await smallFile(bag, tags.signature);
    const manifest = await smallFile(bag, tags.manifest);
    if (!key || !verifyBytes(null, manifest, key, signature)) {
      report.add({ file: tags.signature, what: `is not the exporter's signature of ${tags.manifest}` });
    }
  });
  return key;
}

/** Reads the custody and holds `bag-info.txt` against it, since only the custody is signed. */
export async function checkCustody(
  bag: OpenBag,
  key: KeyObject | undefined,
  report: Report,
): Promise<Custody | undefined> {
  const custody = await report.guard(payload.custody, async () => parseCustody(await smallFile(bag, payload.custody)));
  if (!custody) return undefined;
  const last = custody.acts[custody.acts.length - 1];
  if (key && last?.key !== fingerprintOf(key)) {
    report.add({
      file: payload.custody,
      what: 'its last act was done with another key than the one that signed the bundle',
    });
  }
  await report.guard(tags.info, async () => {
    const data = [...bag.files].filter(([name]) => name.startsWith('data/'));
    const oxum = { bytes: data.reduce((sum, [, bytes]) => sum + bytes, 0), files: data.length };
    if ((await smallFile(bag, tags.info)).toString() !== bagInfo(custody.acts, oxum)) {
      report.add({ file: tags.info, what: `says something else than ${payload.custody} and the files of the bag` });
    }
  });
  return custody;
}

const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

function parseCustody(content: Buffer): Custody {
  const lines = content.toString('utf8').split('\n');
  if (lines.pop() !== '') throw broken('ends in the middle of a line');
  const acts = lines.map((line, index) => {
    const act = objectOf(line);
    const texts = [act?.['act'], act?.['at'], act?.['by'], act?.['tool'], act?.['key']];
    if (!act || !texts.every((text) => typeof text === 'string'))
      throw broken(`line ${index + 1} is no act of custody`);
    if (act['act'] !== (index === 0 ? 'exported' : 'redacted')) throw broken(`line ${index + 1} is out of order`);
    return act as unknown as CustodyAct;
  });
  const query: unknown = acts[0]?.query;
  const actor = isObject(query) ? query['actor'] : undefined;
  if (
    !isObject(query) ||
    typeof query['tenant'] !== 'string' ||
    !iso.test(String(query['from'])) ||
    !iso.test(String(query['until'])) ||
    (actor !== undefined && typeof actor !== 'string')
  ) {
    throw broken('its first line does not say what was asked for');
  }
  return { query: query as unknown as BundleQuery, acts };
}

/** Throws EVIDENCE_BROKEN for anything but an Ed25519 public key in PEM. */
function publicKey(pem: Buffer): KeyObject {
  const [only, ...more] = collectorKeys(pem);
  if (!only || more.length > 0) throw broken('holds more than one public key');
  return only;
}

/** A collector may have had several keys, oldest first. Throws EVIDENCE_BROKEN. */
export function collectorKeys(pem: Buffer): readonly KeyObject[] {
  let keys: KeyObject[];
  try {
    keys = publicKeysIn(pem.toString('latin1')).map(({ key }) => key);
  } catch (error) {
    throw broken('is not a public key in PEM', undefined, error);
  }
  if (keys.every(({ asymmetricKeyType }) => asymmetricKeyType === 'ed25519')) return keys;
  throw broken('is not an Ed25519 key');
}
