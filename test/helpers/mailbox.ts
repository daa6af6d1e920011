import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

export interface MailboxOptions {
  /** Answer each message with this code; a list answers one message each and takes those that follow. */
  readonly refuse?: number | readonly number[];
  /** Recipients that are refused with 550. */
  readonly refuseTo?: readonly string[];
  /** Offer STARTTLS with this key and certificate (PEM). */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Ask for this login. */
  readonly login?: { readonly user: string; readonly pass: string };
}

/** A real SMTP server on a free port, gone when the test's block ends. */
export async function mailbox({ refuse = [], refuseTo = [], tls, login }: MailboxOptions = {}) {
  const mails: string[] = [];
  const secured: boolean[] = [];
  let tries = 0;
  const server = new SMTPServer({
    disabledCommands: [...(tls ? [] : ['STARTTLS']), ...(login ? [] : ['AUTH'])],
    ...(tls ?? {}),
    authOptional: login === undefined,
    onAuth: (auth, _session, done) =>
      auth.username === login?.user && auth.password === login?.pass
        ? done(null, { user: auth.username })
        : done(Object.assign(new Error('no such login'), { responseCode: 535 })),
    onRcptTo: ({ address }, _session, done) =>
      refuseTo.includes(address) ? done(Object.assign(new Error('no such box'), { responseCode: 550 })) : done(),
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const code = typeof refuse === 'number' ? refuse : refuse[tries];
        tries += 1;
        if (code !== undefined) return done(Object.assign(new Error('no'), { responseCode: code }));
        mails.push(Buffer.concat(chunks).toString());
        secured.push(session.secure);
        done();
      });
    },
  });
  // A client that hangs up on a certificate it does not trust is what a test asked for.
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  return {
    port,
    mails,
    /** For each mail, whether it came through TLS. */
    secured,
    tries: () => tries,
    [Symbol.asyncDispose]: () => new Promise<void>((done) => server.close(done)),
  };
}
