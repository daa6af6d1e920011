-- Who has a duty that one process alone may have, and until when. Terms of a duty are numbered, and the store takes each number
-- once (as it does with merges, docs/decisions/0016): of two that want the next term, one comes second and sees it.
CREATE TABLE IF NOT EXISTS {database}.terms
(
    duty    LowCardinality(String),
    number  UInt64,
    holder  String,
    seconds UInt32,
    at      DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(number)
ORDER BY duty
SETTINGS storage_policy = '{disk}', non_replicated_deduplication_window = 1000,
    fsync_after_insert = 1, min_rows_to_fsync_after_merge = 1;

-- What whoever has a duty next must know: who was told what, which checkpoints were mailed, how far each client is counted.
-- Ids and counts; the latest version of a key holds.
CREATE TABLE IF NOT EXISTS {database}.kept
(
    kind    LowCardinality(String),
    key     String,
    value   String,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (kind, key)
SETTINGS storage_policy = '{disk}', fsync_after_insert = 1, min_rows_to_fsync_after_merge = 1;
