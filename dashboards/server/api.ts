/**
 * What the pages ask for and get: the JSON of `/api/`. Types only, so that the pages may import this file; times are
 * ISO 8601, UTC, milliseconds, `Z`, as everywhere. Every list has a written limit, below.
 */
import type { AlertState, Severity } from '../../core/alert.ts';
import type { Access } from '../../core/types.ts';

/** Somebody or something with a name for people; `name` is the id where the directory knows no better. */
export interface Named {
  readonly id: string;
  readonly name: string;
}

export interface SessionView {
  readonly firm: { readonly name: string; readonly time_zone: string };
  /** When the session ends however it is used. */
  readonly ends_at: string;
}

export interface AlertLine {
  readonly id: string;
  readonly raised_at: string;
  readonly state: AlertState;
  readonly severity: Severity;
  /** One plain sentence: who did what to which client, and what is wrong with it. */
  readonly sentence: string;
  /** A day like this is expected once in so many days; absent: the score says nothing of the kind. */
  readonly once_in_days?: number | undefined;
  /** Absent: a crowd. */
  readonly actor?: Named | undefined;
  readonly clients: readonly Named[];
  /** How many accesses stand behind it. */
  readonly accesses: number;
}

export interface AlertList {
  readonly alerts: readonly AlertLine[];
  /** What the next page begins after; absent: this was the last. */
  readonly next?: string | undefined;
}

export interface AlertView extends AlertLine {
  /** Sentences with the numbers and the usual range. */
  readonly because: readonly string[];
  /** What is not known: sources that were late or silent. */
  readonly unknown: readonly string[];
  readonly detectors: readonly string[];
  /** Oldest first. */
  readonly history: readonly { at: string; state: AlertState; by: string; reason: string }[];
  /** The first of the accesses behind it, in order of time; `accesses` says how many there are. */
  readonly listed: readonly AccessLine[];
}

/** An access with what a person wants to know at a glance. */
export interface AccessLine extends Access {
  /** The actor's name, the account's where the directory knows nobody, or `unknown`. */
  readonly who: string;
  /** What explained it when it was seen, in a few words; `null`: nothing did; absent: not judged. */
  readonly explained_by?: string | null | undefined;
}

export interface AccessPage {
  readonly accesses: readonly AccessLine[];
  readonly next?: string | undefined;
}

/** Somebody who touched the client, or was assigned to it, within the span. */
export interface TimelineRow extends Named {
  readonly role?: string | undefined;
  readonly accesses: number;
  readonly unexplained: number;
}

/** A stretch of time in which a fact made this person's accesses legitimate. Open ends are absent. */
export interface Band {
  readonly row: string;
  /** `assignment`, `cover`, `ticket`, … */
  readonly kind: string;
  readonly label: string;
  readonly from: string;
  readonly until?: string | undefined;
  readonly recorded_at: string;
  /** Recorded after it began: what it explains, it explains only in hindsight. */
  readonly late: boolean;
}

/** One access as the drawing needs it. */
export interface Mark {
  readonly id: string;
  readonly at: string;
  readonly row: string;
  readonly action: string;
  readonly denied: boolean;
  readonly unexplained: boolean;
}

/** Many accesses as the drawing needs them. */
export interface Bucket {
  readonly row: string;
  readonly from: string;
  readonly count: number;
  readonly denied: number;
  readonly unexplained: number;
}

/** A stretch of which a source said nothing, or of which records that it numbered never came: what happened then may not be drawn. */
export interface TimelineGap {
  readonly source: string;
  readonly kind: 'silent' | 'numbers';
  /** Silent about this client alone, while it spoke of others. */
  readonly about_client: boolean;
  readonly from: string;
  readonly until: string;
  /** A sentence with the numbers. */
  readonly what: string;
}

/** The drawing: accesses one by one while they are few, counted in buckets when they are many. */
export interface Timeline {
  readonly client: Named & { readonly alias?: string | undefined };
  readonly from: string;
  readonly until: string;
  /** Accesses of the span, all rows. */
  readonly total: number;
  /** Those with something unexplained first, then by how much they did. */
  readonly rows: readonly TimelineRow[];
  /** Rows left out because there are too many. */
  readonly more_rows: number;
  readonly bands: readonly Band[];
  /** In order of time. */
  readonly gaps: readonly TimelineGap[];
  /** Gaps left out because there are too many. */
  readonly more_gaps: number;
  readonly marks?: readonly Mark[] | undefined;
  readonly buckets?: readonly Bucket[] | undefined;
  /** Length of a bucket; with `buckets` only. */
  readonly bucket_ms?: number | undefined;
}

/** One field of the access: what it says, and whether the record said it or we added it. */
export interface ReadingField {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly from: 'record' | 'directory' | 'cordon';
}

/** The raw record beside its reading. */
export interface RecordView {
  readonly access: AccessLine;
  readonly reading: readonly ReadingField[];
  /** Text, or base64 when it is not UTF-8; cut at a limit, `bytes` is the whole length. */
  readonly raw: readonly { text?: string; base64?: string; bytes: number }[];
  /** Records of the access, of which `raw` shows the first. */
  readonly records: number;
  readonly proof: Proof;
}

/** Where the sealed record lies, and whether what is shown is what was sealed. */
export interface Proof {
  readonly collector: string;
  readonly seq: number;
  readonly index: number;
  readonly records_sha256: string;
  /** The hash of the raw records, computed now, is the one the access carries. */
  readonly matches: boolean;
}

/**
 * One of the three questions, answered: by the facts recorded by the moment of the access, when the access arrived,
 * or by now.
 */
export interface Verdict {
  readonly question: 'then' | 'as_known_then' | 'as_known_now';
  readonly explained: boolean;
  readonly sentence: string;
  /** The fact itself, for whoever wants to look it up. */
  readonly fact?: FactView | undefined;
}

export interface FactView {
  readonly label: string;
  readonly from?: string | undefined;
  readonly until?: string | undefined;
  readonly recorded_at?: string | undefined;
}

export interface ExplanationView {
  /** In the order of the questions above. */
  readonly verdicts: readonly Verdict[];
  /** What was looked for and not found, one phrase each. */
  readonly looked_for: readonly string[];
  /** What else a reader should know: recorded late, employment ended, a barrier. */
  readonly notes: readonly string[];
}

/** Every answer that is not 2xx. Says nothing about data the asker may not see. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
}
