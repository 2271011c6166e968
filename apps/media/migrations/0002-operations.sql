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
