-- How long a subscriber waits before it connects again, where whoever published the update says so.
ALTER TABLE live_update ADD COLUMN retry_ms BIGINT;
