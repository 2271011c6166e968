-- The name of this house (id 1), which the place of its blobs bears too once it is marked: processes with another place do not start.
-- See media/house-store.ts.
CREATE TABLE house_store (
  id INTEGER PRIMARY KEY,
  house_id CHAR(36) NOT NULL,
  marked SMALLINT NOT NULL
);
