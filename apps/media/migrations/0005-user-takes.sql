-- Counts how often a row was taken: written first by a transaction that decides by what it reads. See kernel/take.ts.
ALTER TABLE user ADD COLUMN takes BIGINT NOT NULL DEFAULT 0;
