-- What is searched: the words of each file, encoded (see media/search/encode-word.ts). In the order in which files came: seq.
CREATE TABLE search_document (
  seq BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  file_id CHAR(36) NOT NULL UNIQUE,
  tenant_id CHAR(36) NOT NULL,
  -- Since when the words do not tell all of the file; NULL where they do.
  due_at BIGINT,
  -- Of its name and its tags.
  entry_words MEDIUMTEXT CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- Of its beginning, where it is a text.
  text_words MEDIUMTEXT CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- That beginning, for excerpts.
  content_text MEDIUMTEXT NOT NULL,
  INDEX search_document_by_tenant (tenant_id, due_at),
  INDEX search_document_by_due (due_at, file_id),
  INDEX search_document_by_seq (tenant_id, seq),
  FULLTEXT INDEX search_words (entry_words, text_words)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Files that were there before are due: the periodic work reads them.
INSERT INTO search_document (file_id, tenant_id, due_at, entry_words, text_words, content_text)
  SELECT id, tenant_id, created_at, '', '', '' FROM file WHERE state IN ('active', 'trashed') ORDER BY created_at, id;
