-- Files, folders and the blobs that hold their bytes. Instants are milliseconds since 1970.

CREATE TABLE blob (
  id CHAR(36) NOT NULL PRIMARY KEY,
  tenant_id CHAR(36) NOT NULL,
  -- Never used twice, and holds no text of a client's.
  storage_key VARCHAR(80) NOT NULL UNIQUE,
  state VARCHAR(10) NOT NULL CHECK (state IN ('staging', 'live', 'condemned', 'deleted')),
  -- While staging: what the upload may take, counted against the quota.
  size BIGINT NOT NULL,
  sha256 CHAR(64),
  created_at BIGINT NOT NULL,
  -- While staging: when the reservation ends unless bytes keep arriving.
  expires_at BIGINT,
  condemned_at BIGINT,
  deleted_at BIGINT,
  -- Set by the sweep when the bytes are missing or of another size: an alert, never a deletion.
  degraded_at BIGINT
);
CREATE INDEX blob_by_state ON blob (state, expires_at);
CREATE INDEX blob_by_tenant ON blob (tenant_id, state, size);

CREATE TABLE folder (
  id CHAR(36) NOT NULL PRIMARY KEY,
  tenant_id CHAR(36) NOT NULL,
  owner_id CHAR(36) NOT NULL,
  parent_id CHAR(36),
  -- NULL once purged, as its key.
  name VARCHAR(255),
  name_key VARCHAR(255),
  state VARCHAR(10) NOT NULL CHECK (state IN ('active', 'trashed', 'purged')),
  is_private SMALLINT NOT NULL,
  -- NULL: the whole tenant. Else the one user who may see it, through its own privacy or that of a folder above.
  visible_to VARCHAR(36),
  favourite SMALLINT NOT NULL,
  depth INTEGER NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  trashed_at BIGINT,
  purge_at BIGINT,
  -- The entry whose deletion took this one along; its own id when it was deleted itself.
  trash_root_id CHAR(36),
  purge_message_id CHAR(36),
  -- Counts deletions and restores: a purge that was meant for an earlier deletion finds another number and does nothing.
  epoch INTEGER NOT NULL
);
CREATE INDEX folder_by_parent ON folder (tenant_id, parent_id, state);
CREATE INDEX folder_by_trash_root ON folder (trash_root_id);
CREATE INDEX folder_by_purge ON folder (state, purge_at);

CREATE TABLE file (
  id CHAR(36) NOT NULL PRIMARY KEY,
  tenant_id CHAR(36) NOT NULL,
  owner_id CHAR(36) NOT NULL,
  folder_id CHAR(36),
  -- NULL while reserved (the name is claimed at commit) and once purged or erased.
  name VARCHAR(255),
  name_key VARCHAR(255),
  media_type VARCHAR(255) NOT NULL,
  kind VARCHAR(20) NOT NULL,
  size BIGINT NOT NULL,
  sha256 CHAR(64),
  blob_id CHAR(36) NOT NULL,
  state VARCHAR(10) NOT NULL CHECK (state IN
    ('reserved', 'active', 'trashed', 'purging', 'purged', 'erasing', 'erased', 'expired', 'rejected')),
  is_private SMALLINT NOT NULL,
  visible_to VARCHAR(36),
  favourite SMALLINT NOT NULL,
  -- JSON array of strings; file_tag holds the same for look-ups.
  tags TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  trashed_at BIGINT,
  purge_at BIGINT,
  trash_root_id CHAR(36),
  purge_message_id CHAR(36),
  epoch INTEGER NOT NULL,
  legal_hold_at BIGINT,
  -- The idempotency claim that reserved it: who takes the claim over expires the reservation.
  claim_id VARCHAR(128)
);
CREATE INDEX file_by_folder ON file (tenant_id, folder_id, state);
CREATE INDEX file_by_creation ON file (tenant_id, state, created_at, id);
CREATE INDEX file_by_name ON file (tenant_id, state, name_key, id);
CREATE INDEX file_by_blob ON file (blob_id);
CREATE INDEX file_by_purge ON file (state, purge_at);
CREATE INDEX file_by_trash_root ON file (trash_root_id);
CREATE INDEX file_by_claim ON file (claim_id);

-- Bytes that a newer version replaced. Kept as long as a deletion could be regretted.
CREATE TABLE file_version (
  file_id CHAR(36) NOT NULL,
  version INTEGER NOT NULL,
  blob_id CHAR(36) NOT NULL,
  replaced_at BIGINT NOT NULL,
  drop_at BIGINT NOT NULL,
  PRIMARY KEY (file_id, version)
);
CREATE INDEX file_version_by_blob ON file_version (blob_id);
CREATE INDEX file_version_by_drop ON file_version (drop_at);

CREATE TABLE file_tag (
  file_id CHAR(36) NOT NULL,
  tag VARCHAR(64) NOT NULL,
  PRIMARY KEY (file_id, tag)
);
CREATE INDEX file_tag_by_tag ON file_tag (tag, file_id);

-- One name per folder, case aside, for files and folders alike. Held by active entries only.
CREATE TABLE sibling_name (
  tenant_id CHAR(36) NOT NULL,
  -- '' is the top of the tenant's tree.
  parent_id VARCHAR(36) NOT NULL,
  -- '' is the whole tenant; a private entry has names of its own, so that taking one tells nobody else that it is there.
  audience VARCHAR(36) NOT NULL,
  name_key VARCHAR(255) NOT NULL,
  entry_id CHAR(36) NOT NULL UNIQUE,
  PRIMARY KEY (tenant_id, parent_id, audience, name_key)
);

-- What the sweep saw in storage without a row: deleted when seen again a later time.
CREATE TABLE stray_key (
  storage_key VARCHAR(255) NOT NULL PRIMARY KEY,
  first_seen_at BIGINT NOT NULL,
  sightings INTEGER NOT NULL
);

-- The signed receipt of each erasure, so that asking again gives the same one.
CREATE TABLE erasure (
  file_id CHAR(36) NOT NULL PRIMARY KEY,
  erased_at BIGINT NOT NULL,
  receipt TEXT NOT NULL
);
