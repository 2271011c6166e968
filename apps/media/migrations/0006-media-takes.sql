-- As for users: of two transactions that decide by the same row, or by what many rows of a tenant say together, one waits or is repeated.
ALTER TABLE file ADD COLUMN takes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE folder ADD COLUMN takes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE stored_blob ADD COLUMN takes BIGINT NOT NULL DEFAULT 0;

-- The tree of folders of a tenant, its quota.
CREATE TABLE tenant_take (
  tenant_id CHAR(36) NOT NULL,
  subject VARCHAR(20) NOT NULL,
  takes BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, subject)
);
