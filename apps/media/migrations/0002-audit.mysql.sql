-- What was done, by whom, to what. Rows are only ever added.
CREATE TABLE audit (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  tenant_id CHAR(36) NOT NULL,
  at BIGINT NOT NULL,
  -- A user's id, or 'system'.
  actor VARCHAR(36) NOT NULL,
  action VARCHAR(64) NOT NULL,
  subject_kind VARCHAR(32) NOT NULL,
  subject_id VARCHAR(64) NOT NULL,
  correlation_id VARCHAR(128) NOT NULL,
  -- JSON without personal data: this table outlives what it tells of.
  detail TEXT NOT NULL,
  INDEX audit_by_tenant (tenant_id, id),
  INDEX audit_by_subject (tenant_id, subject_id, id),
  INDEX audit_by_correlation (correlation_id, id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
