-- As 0007: what a large house would have.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('entry_share', 'sqlite_autoindex_entry_share_1', '100000 5 1 1'),
  ('entry_share', 'entry_share_by_origin', '100000 10 2'),
  ('entry_share', 'entry_share_by_user', '100000 1000'),
  ('entry_share', 'entry_share_by_owner', '100000 1000');
ANALYZE sqlite_schema;
