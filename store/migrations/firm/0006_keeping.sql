-- Legal holds, set and lifted, and how long each client's data is kept since when: only ever added to. `block` and `sig` are
-- what was signed; the rest is to find it.
CREATE TABLE IF NOT EXISTS {database}.keeping
(
    n      UInt64,
    at     DateTime64(3, 'UTC'),
    block  String,
    sig    String
)
ENGINE = MergeTree
ORDER BY (n, at)
SETTINGS storage_policy = '{disk}', fsync_after_insert = 1, min_rows_to_fsync_after_merge = 1;
