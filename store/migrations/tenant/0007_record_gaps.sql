-- Numbered records that never came, as the access line states them: JSON, '' in nearly every row.
ALTER TABLE {database}.accesses
    ADD COLUMN IF NOT EXISTS missing_before String CODEC(ZSTD(1)) AFTER reason;
