-- What was done, by whom, to what. Rows are only ever added. AUTOINCREMENT never gives an id twice, not even the last one's.
CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  tenant_id CHAR(36) NOT NULL,
  at BIGINT NOT NULL,
  -- A user's id, or 'system'.
  actor VARCHAR(36) NOT NULL,
  action VARCHAR(64) NOT NULL,
  subject_kind VARCHAR(32) NOT NULL,
  subject_id VARCHAR(64) NOT NULL,
  correlation_id VARCHAR(128) NOT NULL,
  -- JSON without personal data: this table outlives what it tells of.
  detail TEXT NOT NULL
);
CREATE INDEX audit_by_tenant ON audit (tenant_id, id);
CREATE INDEX audit_by_subject ON audit (tenant_id, subject_id, id);
CREATE INDEX audit_by_correlation ON audit (correlation_id, id);
