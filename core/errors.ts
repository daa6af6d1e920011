/**
 * Every failure we expect has a code from this list. Nothing else may be thrown on purpose;
 * anything else that arrives is a bug and ends the process.
 */
const faults = {
  /** The command line or the configuration says something that cannot be. Exit code 2. */
  USAGE: { retry: false },
  CONFIG_INVALID: { retry: false },
  DIRECTORY_INVALID: { retry: false },
  FACT_INVALID: { retry: false },
  /** Another process holds the data folder, or something else holds the port. */
  IN_USE: { retry: false },
  SOURCE_UNREADABLE: { retry: true },
  SPOOL_FULL: { retry: true },
  SPOOL_BROKEN: { retry: false },
  BROKER_UNREACHABLE: { retry: true },
  STAMP_UNREACHABLE: { retry: true },
  /** The broker answers no: a missing topic, a right that is not granted. An operator can put it right; until then it waits. */
  BROKER_REFUSED: { retry: true },
  STORE_REFUSED: { retry: false },
  STORE_UNREACHABLE: { retry: true },
  NOTIFY_REFUSED: { retry: false },
  NOTIFY_UNREACHABLE: { retry: true },
  EVIDENCE_BROKEN: { retry: false },
  NOT_FOUND: { retry: false },
  /** A client's key is not there: what it sealed cannot be read. */
  KEY_MISSING: { retry: false },
  /** Whoever keeps the keys does not answer, or says no: an operator can put it right. */
  KEY_UNREACHABLE: { retry: true },
  /** What should be a wrapped key is none, or is another client's. */
  KEY_REFUSED: { retry: false },
} as const;

export type FaultCode = keyof typeof faults;

/**
 * An expected failure. The message is a sentence for a person and names place and remedy;
 * `about` holds identifiers and counts only, and is all of it that may be logged.
 */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: FaultCode;
  readonly retry: boolean;
  readonly about: Readonly<Record<string, string | number>>;

  constructor(code: FaultCode, message: string, about: Fault['about'] = {}, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.retry = faults[code].retry;
    this.about = about;
  }
}

export function isFault(error: unknown, code?: FaultCode): error is Fault {
  return error instanceof Fault && (code === undefined || error.code === code);
}
