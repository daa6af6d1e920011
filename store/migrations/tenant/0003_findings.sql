-- What detectors said about this client's own scenes. Judging a day again replaces what was said of it; `version` is when.
CREATE TABLE IF NOT EXISTS {database}.findings
(
    day        Date,
    detector   LowCardinality(String),
    actor      String,
    tenants    Array(LowCardinality(String)),
    basis      LowCardinality(String),
    score      Float64,
    `limit`    Float64,
    severity   LowCardinality(String),
    because    String,
    accesses   Array(FixedString(32)),
    decided_at DateTime64(3, 'UTC'),
    version    UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (day, detector, actor, tenants)
SETTINGS storage_policy = '{disk}', fsync_after_insert = 1, min_rows_to_fsync_after_merge = 1;
