/** A real time stamping authority: `openssl ts -reply` behind HTTP on this machine, with a CA of its own. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';

export interface TimeStamper extends AsyncDisposable {
  readonly url: string;
  readonly caFile: string;
  readonly requests: () => number;
  /** From now on; `undefined`: as an authority should. */
  answer(with_: ((honest: Buffer) => { status: number; body: Buffer }) | undefined): void;
}

const sections = `
[tsa]
default_tsa = config
[config]
serial = ./serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
`;

export async function timeStamper(folder: string): Promise<TimeStamper> {
  mkdirSync(folder, { recursive: true });
  const file = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl('req', '-x509', ...curve, '-days', '2', '-subj', '/CN=tsa-ca', '-keyout', 'ca.key', '-out', 'ca.crt');
  openssl('req', ...curve, '-subj', '/CN=tsa', '-keyout', 'tsa.key', '-out', 'tsa.csr');
  writeFileSync(file('ext'), 'extendedKeyUsage=critical,timeStamping\n');
  const ca = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'ext'];
  openssl('x509', '-req', '-in', 'tsa.csr', ...ca, '-out', 'tsa.crt');
  writeFileSync(file('serial'), '01\n');
  writeFileSync(file('tsa.cnf'), sections);
  let requests = 0;
  let answer: Parameters<TimeStamper['answer']>[0];
  const server = createServer(async (request, response) => {
    requests += 1;
    writeFileSync(file(`${requests}.tsq`), await buffer(request));
    openssl(
      ...['ts', '-reply', '-config', 'tsa.cnf', '-queryfile', `${requests}.tsq`, '-out', `${requests}.tsr`],
      ...['-signer', 'tsa.crt', '-inkey', 'tsa.key'],
    );
    const honest = readFileSync(file(`${requests}.tsr`));
    const { status, body } = answer?.(honest) ?? { status: 200, body: honest };
    response.writeHead(status, { 'content-type': 'application/timestamp-reply' }).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    caFile: file('ca.crt'),
    requests: () => requests,
    answer: (with_) => {
      answer = with_;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
