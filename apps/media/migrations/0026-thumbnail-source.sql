-- Of a thumbnail: the blob that it was made of, also when both are gone. What is erased is told whole.
ALTER TABLE stored_blob ADD COLUMN source_id CHAR(36);
CREATE INDEX blob_by_source ON stored_blob (source_id);
UPDATE stored_blob SET source_id = (SELECT thumbnail.source_id FROM thumbnail WHERE thumbnail.blob_id = stored_blob.id)
 WHERE id IN (SELECT blob_id FROM thumbnail WHERE blob_id IS NOT NULL);
