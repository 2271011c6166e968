-- Each mail that lets a user set another password. Kept for an hour, so that they can be counted.
CREATE TABLE password_reset (
  -- The message that the mail is: sent again, it holds another token, and the one before is none any more.
  id CHAR(36) NOT NULL PRIMARY KEY,
  user_id CHAR(36) NOT NULL,
  token_hash CHAR(64) NOT NULL UNIQUE,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX password_reset_by_user ON password_reset (user_id, created_at);
CREATE INDEX password_reset_by_time ON password_reset (created_at);
