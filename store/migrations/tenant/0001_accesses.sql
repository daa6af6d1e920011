-- One row for each access as it was landed. Unknown text is '', unknown numbers are NULL.
-- Day first: one actor's day, one client's days and a backtest in order each read a narrow range.
CREATE TABLE IF NOT EXISTS {database}.accesses
(
    id             FixedString(32) CODEC(ZSTD(1)),
    at             DateTime64(3, 'UTC'),
    seen_at        DateTime64(3, 'UTC'),
    tenant         LowCardinality(String),
    source         LowCardinality(String),
    class          LowCardinality(String),
    action         LowCardinality(String),
    outcome        LowCardinality(String),
    actor          LowCardinality(String),
    account        String,
    actor_kind     LowCardinality(String),
    object         String,
    object_kind    LowCardinality(String),
    object_to      String,
    ip             String,
    country        LowCardinality(String),
    host           String,
    app            String,
    session        String,
    bytes          Nullable(UInt64),
    rows           Nullable(UInt64),
    count          UInt32,
    reason         String,
    attributed_by  LowCardinality(String),
    records_sha256 FixedString(64) CODEC(ZSTD(1)),
    collector      LowCardinality(String),
    seq            UInt64,
    `index`        UInt32,
    -- A wall under the pipeline: what belongs to another client cannot be written here.
    CONSTRAINT own_tenant CHECK tenant = '{tenant}',
    INDEX by_id id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_object object TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (toDate(at), actor, at, id)
SETTINGS storage_policy = '{disk}', non_replicated_deduplication_window = 1000,
    fsync_after_insert = 1, min_rows_to_fsync_after_merge = 1;
