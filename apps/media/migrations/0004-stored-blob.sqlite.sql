-- BLOB is a reserved word of MySQL: the table has one name on every engine.
ALTER TABLE blob RENAME TO stored_blob;
