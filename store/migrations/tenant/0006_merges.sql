-- Which merge brought a batch: merges of one lane (a partition of the bus) are numbered, and the store takes each number
-- once, so that of two landers with the same batches one comes second and sees it. docs/decisions/0016.
ALTER TABLE {database}.batches
    ADD COLUMN IF NOT EXISTS lane LowCardinality(String),
    ADD COLUMN IF NOT EXISTS merge UInt64,
    ADD COLUMN IF NOT EXISTS lander LowCardinality(String),
    ADD INDEX IF NOT EXISTS by_merge merge TYPE minmax GRANULARITY 1;
