-- What an index beside the database has yet to hear of. A file whose document is gone is to be forgotten there.
CREATE TABLE search_change (
  id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  file_id CHAR(36) NOT NULL,
  tenant_id CHAR(36) NOT NULL,
  changed_at BIGINT NOT NULL
);
CREATE INDEX search_change_by_tenant ON search_change (tenant_id, changed_at);

-- Grows with each such change: an index refuses what is older than what it has.
ALTER TABLE search_document ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;
