import { readFileSync } from 'node:fs';
import { createTransport } from 'nodemailer';
import { readSecret } from '../../core/config.ts';
import { Fault, type FaultCode } from '../../core/errors.ts';
import { letterOf } from '../letter.ts';
import type { Notice } from '../notice.ts';
import type { Delivery, MailSettings, Message, Notifier, NotifierKind } from '../notifier.ts';

const connectMs = 10_000;
const silenceMs = 30_000;
/** A thread names its first message and the latest before this one. */
const referencesMax = 10;

export const emailKind: NotifierKind = {
  name: 'email',
  summary: 'Mail through an SMTP server, by STARTTLS or TLS from the first byte.',
  open: (settings, env) => (settings.host === undefined ? undefined : email({ ...settings, host: settings.host }, env)),
};

export function email(
  settings: MailSettings & { readonly host: string },
  env: Readonly<Record<string, string | undefined>>,
): Notifier {
  const { host, from, user, password } = settings;
  const tls = settings.tls ?? 'starttls';
  if (tls === 'none' && user !== undefined) {
    throw new Fault(
      'CONFIG_INVALID',
      'mail: a password must not travel in the open; set `tls: starttls` or remove `user`',
    );
  }
  const port = settings.port ?? (tls === 'implicit' ? 465 : 587);
  const transport = createTransport({
    host,
    port,
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    ...(user === undefined ? {} : { auth: { user, pass: password ? readSecret(password, env) : '' } }),
    ...(settings.ca_file === undefined ? {} : { tls: { ca: authority(settings.ca_file) } }),
    connectionTimeout: connectMs,
    greetingTimeout: connectMs,
    socketTimeout: silenceMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });

  async function send(mail: Mail, signal: AbortSignal): Promise<Delivery> {
    signal.throwIfAborted();
    try {
      const sent = await transport.sendMail({ ...mail, signal });
      return { accepted: sent.accepted?.length ?? 0, refused: sent.rejected?.length ?? 0 };
    } catch (error) {
      signal.throwIfAborted();
      throw faultOf(error, { host, port });
    }
  }

  return {
    name: 'email',
    notify: (notice, to, signal) => send(alertMail(notice, to, from), signal),
    post: (message, signal) => send(plainMail(message, from), signal),
  };
}

type Mail = ReturnType<typeof alertMail> | ReturnType<typeof plainMail>;

const domainOf = (from: string): string => /@([\w.-]+)>?$/.exec(from)?.[1] ?? 'cordon.invalid';

/** RFC 3834 section 5, so that no holiday responder answers. */
const byMachine = { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' } as const;

function plainMail({ id, subject, text, to, at, attachments }: Message, from: string) {
  return {
    subject,
    text,
    from,
    to: [...to],
    date: new Date(at),
    messageId: `<${id}@${domainOf(from)}>`,
    attachments: attachments.map((one) => ({ ...one })),
    xMailer: false as const,
    headers: byMachine,
  };
}

/** The message as nodemailer takes it. Its Message-ID says alert and version, so a mail sent again after a lost reply is recognisable as the same. */
function alertMail(notice: Notice, to: readonly string[], from: string) {
  const { candidate, version } = notice;
  const domain = domainOf(from);
  const messageId = (of: number) => `<${candidate.id}.${of}.alert@${domain}>`;
  const first = Math.max(2, version - referencesMax + 1);
  const references = version === 1 ? [] : [messageId(1)];
  for (let of = first; of < version; of += 1) references.push(messageId(of));
  return {
    ...letterOf(notice),
    from,
    to: [...to],
    date: new Date(notice.at),
    messageId: messageId(version),
    ...(version === 1 ? {} : { inReplyTo: messageId(version - 1), references }),
    xMailer: false as const,
    headers: {
      ...byMachine,
      // RFC 2919, so that a reader can sort them.
      'List-Id': `Cordon alerts <cordon-alerts.${domain}>`,
    },
  };
}

const composer = createTransport({
  streamTransport: true,
  buffer: true,
  newline: 'windows',
  disableFileAccess: true,
  disableUrlAccess: true,
});

/** The message as it would travel, for a mailbox that is a folder. */
export const alertBytes = (notice: Notice, to: readonly string[], from: string): Promise<Buffer> =>
  bytesOf(alertMail(notice, to, from));
export const messageBytes = (message: Message, from: string): Promise<Buffer> => bytesOf(plainMail(message, from));

async function bytesOf(mail: Mail): Promise<Buffer> {
  const { message } = await composer.sendMail(mail);
  if (!Buffer.isBuffer(message)) throw new TypeError('the stream transport was asked for a buffer');
  return message;
}

/** A 5yz reply is a no that stays a no (RFC 5321 section 4.2.1); all else may be better later. */
function faultOf(error: unknown, about: { readonly host: string; readonly port: number }): Fault {
  const { permanent, responseCode, originalCode, code } = error as {
    permanent?: boolean;
    responseCode?: number;
    originalCode?: string;
    code?: string;
  };
  const refused: FaultCode = permanent === true || code === 'EAUTH' ? 'NOTIFY_REFUSED' : 'NOTIFY_UNREACHABLE';
  const server = `the mail server ${about.host}:${about.port}`;
  const sentence =
    code === 'EAUTH'
      ? `${server} refused the login; check mail.user and its password`
      : code === 'ETLS'
        ? `${server} offers no STARTTLS; check mail.port and mail.tls`
        : responseCode !== undefined
          ? `${server} answered ${responseCode} and did not take the message`
          : /CERT|SIGNATURE|ALTNAME/.test(originalCode ?? '')
            ? `${server} showed a certificate that is not trusted; name its authority in mail.ca_file`
            : `${server} cannot be reached; check mail.host and mail.port`;
  return new Fault(refused, sentence, { smtp: responseCode ?? 0, why: originalCode ?? code ?? 'unknown' }, error);
}

function authority(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Fault('CONFIG_INVALID', `${file}, named as mail.ca_file, cannot be read`, {}, error);
  }
}
