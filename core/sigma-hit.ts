/** What a raw record that a Sigma rule matches leaves at its access. */
export interface SigmaHit {
  readonly rule: string;
  /** Fields of the record that correlations group by or count; those it has. */
  readonly values: Readonly<Record<string, string>>;
}
