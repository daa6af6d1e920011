-- The sealed batches, byte for byte: the evidence. `from`, `until` and the hashes are text, as they were signed.
CREATE TABLE IF NOT EXISTS {database}.batches
(
    collector       LowCardinality(String),
    seq             UInt64,
    count           UInt64,
    `from`            String,
    until           String,
    root            String,
    prev            String,
    codec           LowCardinality(String),
    accesses_length UInt64,
    records_length  UInt64,
    key             LowCardinality(String),
    sig             String,
    value           String CODEC(NONE),
    from_at         DateTime64(3, 'UTC') MATERIALIZED parseDateTime64BestEffortOrZero(from, 3, 'UTC'),
    until_at        DateTime64(3, 'UTC') MATERIALIZED parseDateTime64BestEffortOrZero(until, 3, 'UTC'),
    landed_at       DateTime64(3, 'UTC') MATERIALIZED now64(3)
)
ENGINE = MergeTree
ORDER BY (collector, seq)
SETTINGS storage_policy = '{disk}', non_replicated_deduplication_window = 1000, index_granularity = 64,
    fsync_after_insert = 1, min_rows_to_fsync_after_merge = 1;
