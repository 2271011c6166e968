-- When the bytes of a file last became others: what Last-Modified says. A new name or tag is no change of the bytes.
ALTER TABLE file ADD COLUMN content_changed_at BIGINT NOT NULL DEFAULT 0;
-- Of bytes that replaced others which are dropped by now only this is known: not later than the row's own last change.
UPDATE file SET content_changed_at = CASE
  WHEN version = 1 THEN created_at
  ELSE COALESCE((SELECT MAX(file_version.replaced_at) FROM file_version WHERE file_version.file_id = file.id), updated_at)
END;
