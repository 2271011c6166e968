-- Live updates, for whoever listens now and for whoever comes back. See live/update-log.ts.
CREATE TABLE live_update (
  -- In the order of the commits, without gaps.
  position BIGINT NOT NULL PRIMARY KEY,
  id VARCHAR(255) NOT NULL UNIQUE,
  -- What it tells of, where that is a file: its topic is then that of whoever may see the file when the row is read.
  file_id CHAR(36),
  -- JSON array of strings.
  topics TEXT NOT NULL,
  is_private SMALLINT NOT NULL,
  type VARCHAR(255),
  data TEXT NOT NULL,
  at BIGINT NOT NULL
);

-- The position of the newest one (id 1).
CREATE TABLE live_head (
  id INTEGER PRIMARY KEY,
  position BIGINT NOT NULL
);
INSERT INTO live_head (id, position) VALUES (1, 0);
