-- Without statistics SQLite takes every index for equally good: it walked through all files of a tenant to find those of one folder. These
-- stand for a large house, are the same in every house and never grow stale (https://sqlite.org/lang_analyze.html, "Fixed Results Of
-- ANALYZE"). Each: the rows of the table, and how many share the index's first column, the first two, and so on.

-- In the order in which the files of a folder are listed: a folder may be the top of a house that has no other.
DROP INDEX file_by_folder;
CREATE INDEX file_by_folder ON file (tenant_id, folder_id, state, created_at, id);

-- In the order in which the sweep goes through what is live; of what is staging there is little to search for what expired.
DROP INDEX blob_by_state;
CREATE INDEX blob_by_state ON stored_blob (state, id);

-- Makes the table of statistics where there is none.
ANALYZE sqlite_schema;
DELETE FROM sqlite_stat1;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('file', 'sqlite_autoindex_file_1', '1000000 1'),
  ('file', 'file_by_folder', '1000000 100000 20 20 1 1'),
  ('file', 'file_by_creation', '1000000 100000 50000 2 1'),
  ('file', 'file_by_name', '1000000 100000 50000 2 1'),
  ('file', 'file_by_blob', '1000000 1'),
  ('file', 'file_by_purge', '1000000 250000 1000'),
  ('file', 'file_by_trash_root', '1000000 20'),
  ('file', 'file_by_claim', '1000000 2'),
  ('folder', 'sqlite_autoindex_folder_1', '100000 1'),
  ('folder', 'folder_by_parent', '100000 10000 5 5'),
  ('folder', 'folder_by_trash_root', '100000 5'),
  ('folder', 'folder_by_purge', '100000 30000 100'),
  ('file_tag', 'sqlite_autoindex_file_tag_1', '1000000 2 1'),
  ('file_tag', 'file_tag_by_tag', '1000000 1000 1'),
  ('file_version', 'sqlite_autoindex_file_version_1', '100000 3 1'),
  ('file_version', 'file_version_by_blob', '100000 1'),
  ('file_version', 'file_version_by_drop', '100000 1'),
  ('audit', 'audit_by_tenant', '10000000 1000000 1'),
  ('audit', 'audit_by_subject', '10000000 1000000 5 1'),
  ('audit', 'audit_by_correlation', '10000000 5 1');
-- Reads them, for whoever goes on with this connection; the new indexes make the others read the schema again.
ANALYZE sqlite_schema;
