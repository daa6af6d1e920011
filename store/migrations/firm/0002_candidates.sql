-- All findings about one actor and one day, fused: one row for each id, the latest version holds. `actor` is '' for a crowd.
CREATE TABLE IF NOT EXISTS {database}.candidates
(
    id        String,
    raised_at DateTime64(3, 'UTC'),
    day       Date,
    actor     String,
    tenants   Array(LowCardinality(String)),
    detectors Array(LowCardinality(String)),
    score     Float64,
    severity  LowCardinality(String),
    because   Array(String),
    accesses  Array(String),
    unknown   Array(String),
    version   UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY id
SETTINGS storage_policy = '{disk}', fsync_after_insert = 1, min_rows_to_fsync_after_merge = 1;

-- What people did with an alert. Never rewritten; the latest one holds.
CREATE TABLE IF NOT EXISTS {database}.alert_states
(
    alert  String,
    at     DateTime64(3, 'UTC'),
    state  LowCardinality(String),
    by     LowCardinality(String),
    reason String
)
ENGINE = MergeTree
ORDER BY (alert, at)
SETTINGS storage_policy = '{disk}', fsync_after_insert = 1, min_rows_to_fsync_after_merge = 1;
