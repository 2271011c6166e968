-- Who else may see what is private to its owner: one row for each entry that was shared with a user, and for each folder below that is shared by
-- that. A file is shared as its folder is, unless it is private itself.
CREATE TABLE entry_share (
  entry_id CHAR(36) NOT NULL,
  user_id CHAR(36) NOT NULL,
  -- The entry that was shared: this one, or a folder above.
  from_id CHAR(36) NOT NULL,
  owner_id CHAR(36) NOT NULL,
  shared_at BIGINT NOT NULL,
  PRIMARY KEY (entry_id, user_id, from_id)
);
CREATE INDEX entry_share_by_origin ON entry_share (from_id, user_id);
CREATE INDEX entry_share_by_user ON entry_share (user_id);
CREATE INDEX entry_share_by_owner ON entry_share (owner_id);
