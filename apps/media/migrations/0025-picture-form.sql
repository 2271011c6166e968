-- What of the bytes is to be seen: they are a picture, or the first page of a PDF, or a frame of a video.
ALTER TABLE picture ADD COLUMN form VARCHAR(10) NOT NULL DEFAULT 'image';

-- Those that wait for a program are found when it is there.
CREATE INDEX picture_by_refusal ON picture (refusal);

-- PDFs and videos that were there before: nothing is made of them until somebody asks.
INSERT INTO picture (blob_id, form)
  SELECT blob_id, MIN(CASE kind WHEN 'video' THEN 'video' ELSE 'pdf' END) FROM file
   WHERE state IN ('active', 'trashed') AND (kind = 'video' OR media_type = 'application/pdf')
     AND NOT EXISTS (SELECT 1 FROM picture WHERE picture.blob_id = file.blob_id)
   GROUP BY blob_id;
