/** What the shapes mean. */
export function Legend({ bucketMs }: { bucketMs: number | undefined }) {
  return (
    <ul className="legend" aria-label="What the shapes mean">
      <li>
        <svg width="26" height="14" aria-hidden="true">
          <rect className="assignment" width="26" height="14" rx="3" />
        </svg>
        assigned
      </li>
      <li>
        <svg width="26" height="14" aria-hidden="true">
          <rect className="assignment" width="26" height="14" rx="3" />
          <rect width="26" height="14" rx="3" fill="url(#hatch)" />
        </svg>
        recorded afterwards
      </li>
      <li>
        <svg width="26" height="14" aria-hidden="true">
          <rect className="other" width="26" height="14" rx="3" />
        </svg>
        ticket, cover, …
      </li>
      <li>
        <svg width="12" height="14" aria-hidden="true">
          <path className="plain-marks" d="M6 1v12" />
        </svg>
        {bucketMs ? 'accesses, the higher the more' : 'access'}
      </li>
      <li>
        <svg width="12" height="14" aria-hidden="true">
          <path className="odd-marks" d="M6 2 11 7 6 12 1 7Z" />
        </svg>
        unexplained
      </li>
      <li>
        <svg width="12" height="14" aria-hidden="true">
          <path className="denied-marks" d="M2 3l8 8m0-8l-8 8" />
        </svg>
        refused
      </li>
      <li>
        <svg width="26" height="14" aria-hidden="true">
          <rect className="gap" width="26" height="14" />
        </svg>
        a source was silent, or lacks records
      </li>
    </ul>
  );
}
