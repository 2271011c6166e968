-- For the files of somebody who was deleted.

CREATE INDEX file_by_owner ON file (owner_id, state, id);
