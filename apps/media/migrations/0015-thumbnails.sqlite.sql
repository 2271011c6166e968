-- Of each blob that holds a picture: what is seen of it, and whether somebody waits for a thumbnail.
CREATE TABLE picture (
  blob_id CHAR(36) NOT NULL PRIMARY KEY,
  -- Why no thumbnail will ever be made of it; NULL where one can be, as far as is known.
  refusal VARCHAR(20),
  -- Attempts that ended without an answer.
  failures SMALLINT NOT NULL DEFAULT 0,
  -- When it was last asked for something that is still to be made; NULL where nothing is.
  due_at BIGINT,
  -- As it is looked at, by its orientation. NULL until it was seen.
  width INTEGER,
  height INTEGER,
  -- What there is most of, as #rrggbb.
  colour CHAR(7)
);
CREATE INDEX picture_by_due ON picture (due_at) WHERE due_at IS NOT NULL;

-- Made from one blob and kept in another, which lives as long as that one.
CREATE TABLE thumbnail (
  source_id CHAR(36) NOT NULL,
  -- Of the longer side, at most.
  pixels INTEGER NOT NULL,
  format VARCHAR(10) NOT NULL,
  -- NULL while it is to be made.
  blob_id CHAR(36),
  PRIMARY KEY (source_id, pixels, format)
);
CREATE INDEX thumbnail_by_blob ON thumbnail (blob_id);

ALTER TABLE file ADD COLUMN width INTEGER;
ALTER TABLE file ADD COLUMN height INTEGER;
ALTER TABLE file ADD COLUMN colour CHAR(7);

-- Files that were there before: the periodic work asks for them.
INSERT INTO picture (blob_id, due_at)
  SELECT DISTINCT blob_id, 0 FROM file WHERE kind = 'image' AND state IN ('active', 'trashed');
