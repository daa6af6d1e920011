-- Where each stream stood, every few minutes, signed and chained. `block` and `sig` are what was signed; the rest is to find it.
CREATE TABLE IF NOT EXISTS {database}.checkpoints
(
    number UInt64,
    at     DateTime64(3, 'UTC'),
    block  String,
    sig    String
)
ENGINE = MergeTree
ORDER BY number
SETTINGS storage_policy = '{disk}', fsync_after_insert = 1, min_rows_to_fsync_after_merge = 1;
