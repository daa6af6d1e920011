-- A mute ends: until when, ISO 8601; empty for every other change.
ALTER TABLE {database}.alert_states ADD COLUMN IF NOT EXISTS until String DEFAULT '';
