-- The newest signing key, in a row of its own (id 1): processes that sign with others do not start. See accounts/house-key.ts.
CREATE TABLE house_key (
  id INTEGER PRIMARY KEY,
  kid VARCHAR(64) NOT NULL
);
