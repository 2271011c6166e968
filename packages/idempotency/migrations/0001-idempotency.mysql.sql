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
  headers MEDIUMTEXT,
  -- NULL where the bytes are in idempotency_body.
  body MEDIUMBLOB,
  INDEX idempotency_record_by_expiry (expires_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Answers too large for their record's row.
CREATE TABLE idempotency_body (
  record_id CHAR(64) NOT NULL PRIMARY KEY,
  body LONGBLOB NOT NULL,
  FOREIGN KEY (record_id) REFERENCES idempotency_record (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
