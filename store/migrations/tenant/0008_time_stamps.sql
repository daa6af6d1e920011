-- What an authority elsewhere signed of a checkpoint: that it was there at a time (RFC 3161). `token` is its answer, base64.
CREATE TABLE IF NOT EXISTS {database}.time_stamps
(
    number UInt64,
    at     DateTime64(3, 'UTC'),
    token  String
)
ENGINE = MergeTree
ORDER BY number
SETTINGS storage_policy = '{disk}', fsync_after_insert = 1, min_rows_to_fsync_after_merge = 1;
