-- One row for each (tenant, principal, key), named by their SHA-256.
CREATE TABLE idempotency_record (
  id CHAR(64) NOT NULL PRIMARY KEY,
  -- The fence: whoever writes must name it.
  claim_token CHAR(36) NOT NULL,
  head_digest CHAR(64) NOT NULL,
  -- NULL while the body streams in.
  body_digest CHAR(64),
  lease_until BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  -- NULL until there is an answer.
  status INTEGER,
  headers TEXT,
  -- NULL where the bytes are in idempotency_body.
  body MEDIUMBLOB
);
CREATE INDEX idempotency_record_by_expiry ON idempotency_record (expires_at);

-- Answers too large for their record's row.
CREATE TABLE idempotency_body (
  record_id CHAR(64) NOT NULL PRIMARY KEY REFERENCES idempotency_record (id) ON DELETE CASCADE,
  body LONGBLOB NOT NULL
);
