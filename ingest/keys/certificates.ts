/** Client certificates for mutual TLS, from an authority of our own. By the `openssl` command: Node reads X.509 and does not write it. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../../core/errors.ts';

const authorityDays = 3_650;
const certificateDays = 398;
/** It becomes part of the certificate's subject, where `/` and `=` would begin another. */
const userForm = /^[A-Za-z0-9._-]{1,64}$/;
const ecKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

export interface IssuedCertificate {
  readonly certFile: string;
  /** PKCS #8 PEM. */
  readonly keyFile: string;
  readonly caFile: string;
  readonly validDays: number;
}

/**
 * The certificate's CN is the Kafka user; the authority is made in `<data>/keys/ca` when there is none yet. Throws USAGE
 * where a certificate lies already, CONFIG_INVALID when `openssl` is missing or refuses.
 */
export function issueCertificate(dataDir: string, user: string, out: string): IssuedCertificate {
  if (!userForm.test(user))
    throw new Fault('USAGE', `a certificate's user has letters, digits, ., _ and -, not \`${user}\``);
  const ca = join(dataDir, 'keys', 'ca');
  const [caKey, caFile] = [join(ca, 'ca.key'), join(ca, 'ca.crt')];
  const [keyFile, certFile] = [join(out, `${user}.tls.key`), join(out, `${user}.tls.crt`)];
  if (existsSync(certFile)) throw new Fault('USAGE', `${certFile} is there already; give another folder with --out`);
  mkdirSync(ca, { recursive: true, mode: 0o700 });
  mkdirSync(out, { recursive: true, mode: 0o700 });
  if (!existsSync(caFile)) {
    const made = ['-x509', ...ecKey, '-days', `${authorityDays}`, '-subj', '/CN=Cordon authority'];
    openssl('req', ...made, '-keyout', caKey, '-out', caFile);
  }
  const request = join(out, `${user}.csr`);
  openssl('req', ...ecKey, '-subj', `/CN=${user}`, '-keyout', keyFile, '-out', request);
  const signer = ['-CA', caFile, '-CAkey', caKey, '-CAcreateserial', '-days', `${certificateDays}`];
  openssl('x509', '-req', '-in', request, ...signer, '-out', certFile);
  rmSync(request);
  return { certFile, keyFile, caFile, validDays: certificateDays };
}

function openssl(...args: string[]): void {
  // openssl writes its keys as the umask says; ours are for their owner alone.
  const before = process.umask(0o077);
  try {
    execFileSync('openssl', args, { stdio: 'pipe' });
  } catch (error) {
    throw new Fault('CONFIG_INVALID', 'openssl made no certificate; is the command there?', {}, error);
  } finally {
    process.umask(before);
  }
}
