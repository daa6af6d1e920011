/** The list of notifiers: one line each. */
import type { NotifierKind } from '../notifier.ts';
import { emailKind } from './email.ts';
import { mailboxKind } from './mailbox.ts';

export const notifiers: readonly NotifierKind[] = [emailKind, mailboxKind];
