-- The network that the log-in came from, and what its client called itself. NULL in sessions from before.
ALTER TABLE session ADD COLUMN network VARCHAR(45);
ALTER TABLE session ADD COLUMN client VARCHAR(200);

-- Failed log-ins in a row, by the address and by where they came from: what counts against one source counts against no other.
DROP TABLE log_in_failure;
CREATE TABLE log_in_failure (
  -- Whether somebody has the address or not.
  email_hash CHAR(64) NOT NULL,
  source_hash CHAR(64) NOT NULL,
  failures INTEGER NOT NULL,
  last_failed_at BIGINT NOT NULL,
  locked_until BIGINT NOT NULL,
  PRIMARY KEY (email_hash, source_hash)
);
CREATE INDEX log_in_failure_by_time ON log_in_failure (last_failed_at);
