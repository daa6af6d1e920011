import type { Notice } from './notice.ts';

export interface Delivery {
  readonly accepted: number;
  /** Addresses the other side did not want while it took the rest. */
  readonly refused: number;
}

/**
 * Sends one notice to one kind of place. Throws a Fault (NOTIFY_REFUSED, NOTIFY_UNREACHABLE) when nobody got it; the
 * Fault's `retry` is all that `deliver` needs to know. Sending the same version twice must be recognisable as the same.
 */
export interface Notifier {
  readonly name: string;
  notify(notice: Notice, to: readonly string[], signal: AbortSignal): Promise<Delivery>;
}

/** `mail` of cordon.yaml, paths made absolute, nothing secret in it. */
export interface MailSettings {
  readonly from: string;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  /** `starttls` unless the port is 465; `none` must be asked for by name. */
  readonly tls?: 'starttls' | 'implicit' | 'none' | undefined;
  /** PEM of the authority that signed the server's certificate, when the system does not know it. */
  readonly ca_file?: string | undefined;
  readonly user?: string | undefined;
  readonly password_file?: string | undefined;
  /** A Maildir instead of, or besides, a server. */
  readonly folder?: string | undefined;
}

/** A notifier and what makes it: `open` answers `undefined` when the settings do not ask for it. */
export interface NotifierKind {
  readonly name: string;
  readonly summary: string;
  /** Throws CONFIG_INVALID for settings that cannot work. */
  readonly open: (settings: MailSettings) => Notifier | undefined;
}
