/** A certificate authority of its own, by openssl. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Issued {
  readonly certFile: string;
  /** PKCS #8. */
  readonly keyFile: string;
}

export interface Authority {
  readonly caFile: string;
  issue(name: string, alternatives?: readonly string[]): Issued;
}

export function authority(folder: string, name = 'test-ca'): Authority {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const caFile = join(folder, `${name}.crt`);
  const caKey = join(folder, `${name}.key`);
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl('req', '-x509', ...curve, '-days', '2', '-subj', `/CN=${name}`, '-keyout', caKey, '-out', caFile);
  return {
    caFile,
    issue(subject, alternatives = []) {
      const [keyFile, certFile, request, extensions] = ['key', 'crt', 'csr', 'ext'].map((end) =>
        join(folder, `${name}-${subject}.${end}`),
      ) as [string, string, string, string];
      openssl('req', ...curve, '-subj', `/CN=${subject}`, '-keyout', keyFile, '-out', request);
      writeFileSync(extensions, alternatives.length > 0 ? `subjectAltName=${alternatives.join(',')}\n` : '');
      const signer = ['-CA', caFile, '-CAkey', caKey, '-CAcreateserial', '-days', '2', '-extfile', extensions];
      openssl('x509', '-req', '-in', request, ...signer, '-out', certFile);
      return { certFile, keyFile };
    },
  };
}
