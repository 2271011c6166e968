-- What an index beside the database has yet to hear of. A file whose document is gone is to be forgotten there.
CREATE TABLE search_change (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  file_id CHAR(36) NOT NULL,
  tenant_id CHAR(36) NOT NULL,
  changed_at BIGINT NOT NULL,
  INDEX search_change_by_tenant (tenant_id, changed_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Grows with each such change: an index refuses what is older than what it has.
ALTER TABLE search_document ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;
