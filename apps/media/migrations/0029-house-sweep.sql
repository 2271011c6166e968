-- When the last sweep of the store began (id 1). See media/sweep-due.ts.
CREATE TABLE house_sweep (
  id INTEGER PRIMARY KEY,
  began_at BIGINT NOT NULL
);
