-- One table, four uses: outbox, schedule, retries and receipts. Instants are milliseconds since 1970.

CREATE TABLE message (
  id CHAR(36) NOT NULL PRIMARY KEY,
  name VARCHAR(190) NOT NULL,
  lane VARCHAR(64) NOT NULL,
  -- JSON as it was dispatched.
  payload MEDIUMTEXT NOT NULL,
  correlation_id VARCHAR(128) NOT NULL,
  causation_id VARCHAR(128),
  traceparent VARCHAR(128),
  tenant VARCHAR(128),
  -- A second dispatch of the same name and key is the first one, as long as its row is kept.
  dedupe_key VARCHAR(190),
  created_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  not_after BIGINT,
  -- pending, leased, done, failed, cancelled or expired.
  state VARCHAR(10) NOT NULL,
  attempt INTEGER NOT NULL,
  -- While leased: names one delivery. A worker without it can neither commit nor settle.
  lease_token CHAR(36),
  lease_until BIGINT,
  -- Of the last attempt.
  started_at BIGINT,
  worker VARCHAR(190),
  -- When it became done, failed, cancelled or expired.
  handled_at BIGINT,
  last_error VARCHAR(1000),
  INDEX message_by_due (state, lane, due_at, id),
  INDEX message_by_handled (state, handled_at),
  INDEX message_by_correlation (correlation_id),
  UNIQUE INDEX message_by_dedupe_key (name, dedupe_key)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Attempts that did not end well, with stack and causes. The one that did is told by the message's own row.
CREATE TABLE message_attempt (
  message_id CHAR(36) NOT NULL,
  id CHAR(36) NOT NULL,
  attempt INTEGER NOT NULL,
  worker VARCHAR(190) NOT NULL,
  started_at BIGINT NOT NULL,
  ended_at BIGINT NOT NULL,
  error MEDIUMTEXT NOT NULL,
  PRIMARY KEY (message_id, id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
