-- What each closed day of this client taught the judge: counts, shares, and objects as numbers. `state` says of which facts and accesses.
CREATE TABLE IF NOT EXISTS {database}.lessons
(
    day      Date,
    state    String,
    lesson   String CODEC(ZSTD(1)),
    opened   Array(UInt64) CODEC(ZSTD(1)),
    version  UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY day
SETTINGS storage_policy = '{disk}', fsync_after_insert = 1, min_rows_to_fsync_after_merge = 1;
