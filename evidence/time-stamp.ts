/**
 * Time stamps (RFC 3161): an authority elsewhere signs that a text was there at its time, so that not even whoever owns the vault's
 * key can write a checkpoint later and date it back.
 */
import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import * as asn1js from 'asn1js';
import * as pkijs from 'pkijs';
import { Fault } from '../core/errors.ts';
import type { Instant } from '../core/types.ts';

const sha256 = '2.16.840.1.101.3.4.2.1';
const timeStampInfo = '1.2.840.113549.1.9.16.1.4';
const timeStamping = '1.3.6.1.5.5.7.3.8';
const extendedKeyUsage = '2.5.29.37';
/** RFC 5035 and RFC 2634: the signer names its own certificate, by SHA-256 unless it says so, and by SHA-1. */
const signingCertificates: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.9.16.2.47': 'sha256',
  '1.2.840.113549.1.9.16.2.12': 'sha1',
};
const hashNames: Readonly<Record<string, string>> = {
  [sha256]: 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};
const nonceBytes = 8;
const tokenBytesMax = 64 * 1024;
const replyMsMax = 15_000;

export interface Authority {
  /** Where requests are posted to. */
  readonly url: string;
  /** Certificates that the authority's own must lead to, PEM. */
  readonly cas: readonly string[];
}

/** What the authority said of a text. */
export interface TimeStamp {
  readonly at: Instant;
  /** The authority's certificate: its subject, as Node writes it. */
  readonly by: string;
}

const hashOf = (text: string): Buffer => createHash('sha256').update(text, 'latin1').digest();
/** Of this realm, whatever `Buffer` is made of. */
const bytesOf = (buffer: Uint8Array): ArrayBuffer => Uint8Array.from(buffer).buffer;
const refused = (what: string, cause?: unknown): Fault =>
  new Fault('EVIDENCE_BROKEN', `the time stamp does not hold: ${what}`, {}, cause);

/**
 * Asks for a stamp of `text`, and believes none that it has not checked. Returns the token (DER). Throws STAMP_UNREACHABLE when
 * the authority does not answer, EVIDENCE_BROKEN when it answers something else.
 */
export async function requestTimeStamp(authority: Authority, text: string, signal: AbortSignal): Promise<Buffer> {
  // The first bit says whether a number is negative.
  const nonce = Buffer.concat([Buffer.from([0x01]), randomBytes(nonceBytes - 1)]);
  const request = new pkijs.TimeStampReq({
    version: 1,
    messageImprint: new pkijs.MessageImprint({
      hashAlgorithm: new pkijs.AlgorithmIdentifier({ algorithmId: sha256, algorithmParams: new asn1js.Null() }),
      hashedMessage: new asn1js.OctetString({ valueHex: bytesOf(hashOf(text)) }),
    }),
    nonce: new asn1js.Integer({ valueHex: bytesOf(nonce) }),
    certReq: true,
  });
  const reply = await posted(authority.url, new Uint8Array(request.toSchema().toBER()), signal);
  const token = tokenIn(reply);
  const { info } = partsOf(token);
  const echoed = info.nonce && Buffer.from(info.nonce.valueBlock.valueHexView);
  if (!echoed?.equals(nonce)) throw refused('it is no answer to this request (its nonce is another)');
  await checkTimeStamp(token, text, authority.cas);
  return token;
}

async function posted(url: string, body: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<Buffer> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/timestamp-query' },
      body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(replyMsMax)]),
    });
    if (!response.ok) throw new Error(`status ${response.status}`);
    const parts: Buffer[] = [];
    let size = 0;
    for await (const part of response.body ?? []) {
      size += part.length;
      if (size > tokenBytesMax) throw new Error(`more than ${tokenBytesMax} bytes`);
      parts.push(Buffer.from(part));
    }
    return Buffer.concat(parts);
  } catch (cause) {
    signal.throwIfAborted();
    throw new Fault('STAMP_UNREACHABLE', `the time stamping authority ${url} does not answer`, {}, cause);
  }
}

function tokenIn(reply: Buffer): Buffer {
  const { status, timeStampToken } = parsed(() => pkijs.TimeStampResp.fromBER(bytesOf(reply)));
  // Granted, or granted with changes: whether these matter is seen in the token.
  if (status.status > 1 || !timeStampToken) throw refused(`the authority refused it (status ${status.status})`);
  return Buffer.from(timeStampToken.toSchema().toBER());
}

function parsed<Parsed>(parse: () => Parsed): Parsed {
  try {
    return parse();
  } catch (cause) {
    throw refused('it is not written as RFC 3161 says', cause);
  }
}

/** The signed data of a token, and what it states. */
function partsOf(token: Buffer) {
  return parsed(() => {
    const content = pkijs.ContentInfo.fromBER(bytesOf(token));
    const signed = new pkijs.SignedData({ schema: content.content });
    const { eContentType, eContent } = signed.encapContentInfo;
    if (eContentType !== timeStampInfo || !eContent) throw new Error(eContentType);
    return { signed, info: pkijs.TSTInfo.fromBER(eContent.getValue()) };
  });
}

/** Throws EVIDENCE_BROKEN where it is not a stamp of this text under one of these certificates (PEM). */
export async function checkTimeStamp(token: Buffer, text: string, cas: readonly string[]): Promise<TimeStamp> {
  const { signed, info } = partsOf(token);
  const { hashAlgorithm, hashedMessage } = info.messageImprint;
  const stamped = Buffer.from(hashedMessage.valueBlock.valueHexView);
  if (hashAlgorithm.algorithmId !== sha256 || !stamped.equals(hashOf(text))) throw refused('it is of another text');
  const [signer, ...others] = signed.signerInfos;
  if (!signer || others.length > 0) throw refused('one authority signs a stamp, and it alone');
  const verdict = await signed
    .verify({
      signer: 0,
      trustedCerts: cas.map((pem) => pkijs.Certificate.fromBER(bytesOf(new X509Certificate(pem).raw))),
      data: bytesOf(Buffer.from(text, 'latin1')),
      checkDate: info.genTime,
      checkChain: true,
      extendedMode: true,
    })
    .catch((cause: unknown) => {
      const why = cause instanceof Error ? cause.message : 'it cannot be checked';
      throw refused(why, cause);
    });
  const { signatureVerified, signerCertificate, signerCertificateVerified } = verdict;
  if (signatureVerified !== true || !signerCertificate) throw refused('its signature is not that of its certificate');
  if (signerCertificateVerified !== true) throw refused('its certificate does not lead to the one you trust');
  const certificate = new X509Certificate(Buffer.from(signerCertificate.toSchema().toBER()));
  checkPurpose(signerCertificate);
  checkNamed(signer, certificate);
  return { at: info.genTime.getTime(), by: certificate.subject.replaceAll('\n', ', ') };
}

/** RFC 3161 section 2.3: for time stamping, critical, and for nothing else. */
function checkPurpose({ extensions = [] }: pkijs.Certificate): void {
  const usage = extensions.find(({ extnID }) => extnID === extendedKeyUsage);
  const purposes = usage?.parsedValue instanceof pkijs.ExtKeyUsage ? usage.parsedValue.keyPurposes : [];
  if (usage?.critical !== true || purposes.length !== 1 || purposes[0] !== timeStamping)
    throw refused('its certificate is not one for time stamping alone');
}

/** RFC 3161 section 2.4.2: the signature covers which certificate it is of. */
function checkNamed({ signedAttrs }: pkijs.SignerInfo, { raw }: X509Certificate): void {
  const named = (signedAttrs?.attributes ?? []).some(({ type, values: [value] }) => {
    const usual = signingCertificates[type];
    if (usual === undefined || !(value instanceof asn1js.Sequence)) return false;
    const [list] = value.valueBlock.value;
    const [first] = list instanceof asn1js.Sequence ? list.valueBlock.value : [];
    const parts = first instanceof asn1js.Sequence ? first.valueBlock.value : [];
    const [algorithm] = parts[0] instanceof asn1js.Sequence ? parts[0].valueBlock.value : [];
    const oid = algorithm instanceof asn1js.ObjectIdentifier ? algorithm.valueBlock.toString() : undefined;
    const digest = parts.find((part) => part instanceof asn1js.OctetString);
    const name = oid === undefined ? usual : hashNames[oid];
    if (name === undefined || !digest) return false;
    return createHash(name).update(raw).digest().equals(Buffer.from(digest.valueBlock.valueHexView));
  });
  if (!named) throw refused('it does not name the certificate it is signed with');
}
