-- Tenants, their users, and what users prove themselves with. Secrets are kept as hashes only.

-- One row, made by the first run: two processes that start at once cannot both make it.
CREATE TABLE installation (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  created_at BIGINT NOT NULL
);

CREATE TABLE tenant (
  id CHAR(36) NOT NULL PRIMARY KEY,
  name VARCHAR(200) NOT NULL,
  -- How many enabled users have the role admin. Never falls to 0: the last one cannot be taken away.
  administrators INTEGER NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE user (
  id CHAR(36) NOT NULL PRIMARY KEY,
  tenant_id CHAR(36) NOT NULL,
  email VARCHAR(254) NOT NULL,
  -- The address in lower case: one user per address in the whole installation.
  email_key VARCHAR(254) NOT NULL UNIQUE,
  name VARCHAR(200) NOT NULL,
  -- JSON array of roles.
  roles VARCHAR(100) NOT NULL,
  -- NULL: cannot log in, only use API keys.
  password_hash VARCHAR(255),
  -- Counts changes: who writes names the version that was read.
  version INTEGER NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  disabled_at BIGINT
);
CREATE INDEX user_by_tenant ON user (tenant_id, id);

-- From one log-in until its refresh tokens run out. An access token names it and ends with it.
CREATE TABLE session (
  id CHAR(36) NOT NULL PRIMARY KEY,
  user_id CHAR(36) NOT NULL,
  created_at BIGINT NOT NULL,
  -- When its newest refresh token expires.
  expires_at BIGINT NOT NULL,
  revoked_at BIGINT
);
CREATE INDEX session_by_user ON session (user_id);
CREATE INDEX session_by_expiry ON session (expires_at);

-- Rotated ones stay until they expire, so that a second use is recognised.
CREATE TABLE refresh_token (
  hash CHAR(64) NOT NULL PRIMARY KEY,
  session_id CHAR(36) NOT NULL,
  expires_at BIGINT NOT NULL,
  rotated_at BIGINT
);
CREATE INDEX refresh_token_by_expiry ON refresh_token (expires_at);

CREATE TABLE api_key (
  id CHAR(36) NOT NULL PRIMARY KEY,
  tenant_id CHAR(36) NOT NULL,
  user_id CHAR(36) NOT NULL,
  name VARCHAR(200) NOT NULL,
  -- The beginning of the key, to recognise it by.
  prefix VARCHAR(16) NOT NULL,
  hash CHAR(64) NOT NULL UNIQUE,
  -- JSON array of roles: the most it may do. What its user may no longer do, it may not either.
  scopes VARCHAR(100) NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  revoked_at BIGINT
);
CREATE INDEX api_key_by_user ON api_key (tenant_id, user_id, id);

-- Failed log-ins in a row, by the hash of the address, whether somebody has it or not.
CREATE TABLE log_in_failure (
  email_hash CHAR(64) NOT NULL PRIMARY KEY,
  failures INTEGER NOT NULL,
  last_failed_at BIGINT NOT NULL,
  locked_until BIGINT NOT NULL
);
CREATE INDEX log_in_failure_by_time ON log_in_failure (last_failed_at);
