-- The audit rows, chained: hash = SHA-256(hash of the link before, the row). See operations/chain-audit.ts.
CREATE TABLE audit_link (
  seq BIGINT NOT NULL PRIMARY KEY,
  audit_id BIGINT NOT NULL UNIQUE,
  hash CHAR(64) NOT NULL
);

-- Who does a piece of work that only one process may do at a time.
CREATE TABLE lease (
  name VARCHAR(64) NOT NULL PRIMARY KEY,
  holder VARCHAR(64) NOT NULL,
  held_until BIGINT NOT NULL,
  -- Grows by one each time the lease changes hands, so that writes of a holder that was overtaken can be refused.
  token BIGINT NOT NULL
);

-- The requests that changed something: the first chapter of each story.
CREATE TABLE request (
  id CHAR(36) NOT NULL PRIMARY KEY,
  correlation_id VARCHAR(128) NOT NULL,
  tenant_id CHAR(36) NOT NULL,
  user_id CHAR(36) NOT NULL,
  method VARCHAR(10) NOT NULL,
  -- As the routes name it, without ids.
  route VARCHAR(190) NOT NULL,
  status SMALLINT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX request_by_correlation ON request (correlation_id);
