-- What is searched: the words of each file, encoded (see media/search/encode-word.ts). In the order in which files came: seq.
CREATE TABLE search_document (
  seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  file_id CHAR(36) NOT NULL UNIQUE,
  tenant_id CHAR(36) NOT NULL,
  -- Since when the words do not tell all of the file; NULL where they do.
  due_at BIGINT,
  -- Of its name and its tags.
  entry_words TEXT NOT NULL,
  -- Of its beginning, where it is a text.
  text_words TEXT NOT NULL,
  -- That beginning, for excerpts.
  content_text TEXT NOT NULL
);
CREATE INDEX search_document_by_tenant ON search_document (tenant_id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX search_document_by_due ON search_document (due_at, file_id) WHERE due_at IS NOT NULL;

-- Seven characters of a word stand for its tenant, so that these are the prefixes of one, two and three letters.
CREATE VIRTUAL TABLE search_words USING fts5 (
  entry_words, text_words, content = 'search_document', content_rowid = 'seq',
  tokenize = "ascii tokenchars '_'", prefix = '8 9 10', detail = none, columnsize = 0
);
-- What is removed leaves nothing behind in the index.
INSERT INTO search_words (search_words, rank) VALUES ('secure-delete', 1);

CREATE TRIGGER search_document_added AFTER INSERT ON search_document BEGIN
  INSERT INTO search_words (rowid, entry_words, text_words) VALUES (new.seq, new.entry_words, new.text_words);
END;
CREATE TRIGGER search_document_removed AFTER DELETE ON search_document BEGIN
  INSERT INTO search_words (search_words, rowid, entry_words, text_words) VALUES ('delete', old.seq, old.entry_words, old.text_words);
END;
CREATE TRIGGER search_document_changed AFTER UPDATE OF entry_words, text_words ON search_document BEGIN
  INSERT INTO search_words (search_words, rowid, entry_words, text_words) VALUES ('delete', old.seq, old.entry_words, old.text_words);
  INSERT INTO search_words (rowid, entry_words, text_words) VALUES (new.seq, new.entry_words, new.text_words);
END;

-- Files that were there before are due: the periodic work reads them.
INSERT INTO search_document (file_id, tenant_id, due_at, entry_words, text_words, content_text)
  SELECT id, tenant_id, created_at, '', '', '' FROM file WHERE state IN ('active', 'trashed') ORDER BY created_at, id;

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('search_document', 'sqlite_autoindex_search_document_1', '1000000 1'),
  ('search_document', 'search_document_by_tenant', '100 10 1'),
  ('search_document', 'search_document_by_due', '100 1 1');
ANALYZE sqlite_schema;
