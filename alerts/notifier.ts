import type { SecretRef } from '../core/config.ts';
import type { Instant } from '../core/types.ts';
import type { Notice } from './notice.ts';

export interface Delivery {
  readonly accepted: number;
  /** Addresses the other side did not want while it took the rest. */
  readonly refused: number;
}

/** A message that is no alert. */
export interface Message {
  /** The same message sent again has the same one; it becomes part of the Message-ID. */
  readonly id: string;
  readonly subject: string;
  readonly text: string;
  readonly to: readonly string[];
  /** The message's date. */
  readonly at: Instant;
  readonly attachments: readonly {
    readonly filename: string;
    readonly contentType: string;
    readonly content: string;
  }[];
}

/**
 * Sends one notice to one kind of place. Throws a Fault (NOTIFY_REFUSED, NOTIFY_UNREACHABLE) when nobody got it; the
 * Fault's `retry` is all that `deliver` needs to know. Sending the same version twice must be recognisable as the same.
 */
export interface Notifier {
  readonly name: string;
  notify(notice: Notice, to: readonly string[], signal: AbortSignal): Promise<Delivery>;
  /** Throws as `notify` does. Absent where only alerts can go. */
  post?(message: Message, signal: AbortSignal): Promise<Delivery>;
}

/** `mail` of cordon.yaml: either a server's host, or a folder, or both. */
export interface MailSettings {
  readonly from: string;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  /** `none` must be asked for by name. */
  readonly tls?: 'starttls' | 'implicit' | 'none' | undefined;
  /** PEM of the authority that signed the server's certificate, when the system does not know it. */
  readonly ca_file?: string | undefined;
  readonly user?: string | undefined;
  readonly password?: SecretRef | undefined;
  /** A Maildir instead of a server, or besides one. */
  readonly folder?: string | undefined;
}

/** A notifier and what makes it: `open` answers `undefined` when the settings do not ask for it. */
export interface NotifierKind {
  readonly name: string;
  readonly summary: string;
  /** Throws CONFIG_INVALID for settings that cannot work. */
  readonly open: (settings: MailSettings, env: Readonly<Record<string, string | undefined>>) => Notifier | undefined;
}
