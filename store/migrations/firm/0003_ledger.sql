-- Each judged (tenant, detector set, window): so that "no alert" is a statement somebody can check.
CREATE TABLE IF NOT EXISTS {database}.ledger
(
    judged_at DateTime64(3, 'UTC'),
    tenant    LowCardinality(String),
    detectors LowCardinality(String),
    `from`      DateTime64(3, 'UTC'),
    until     DateTime64(3, 'UTC'),
    accesses  UInt64,
    scenes    UInt64,
    late      UInt64,
    findings  UInt64,
    gaps      Array(String)
)
ENGINE = MergeTree
ORDER BY (tenant, from, judged_at)
SETTINGS storage_policy = '{disk}', fsync_after_insert = 1, min_rows_to_fsync_after_merge = 1;

-- Per actor, tenant and hour: counts. No object's name may ever come here.
CREATE TABLE IF NOT EXISTS {database}.spread
(
    hour        DateTime('UTC'),
    actor       LowCardinality(String),
    tenant      LowCardinality(String),
    class       LowCardinality(String),
    action      LowCardinality(String),
    outcome     LowCardinality(String),
    explained   UInt32,
    unexplained UInt32,
    version     UInt64
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(hour)
ORDER BY (actor, hour, tenant, class, action, outcome)
SETTINGS storage_policy = '{disk}', fsync_after_insert = 1, min_rows_to_fsync_after_merge = 1;
