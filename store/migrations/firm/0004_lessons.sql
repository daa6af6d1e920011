-- What each closed day taught of actors over all clients: counts, places and hours. No object's name may ever come here.
CREATE TABLE IF NOT EXISTS {database}.lessons
(
    day     Date,
    state   String,
    lesson  String CODEC(ZSTD(1)),
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY day
SETTINGS storage_policy = '{disk}', fsync_after_insert = 1, min_rows_to_fsync_after_merge = 1;
