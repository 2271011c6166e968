-- What somebody owned is looked for when they are removed.
CREATE INDEX folder_by_owner ON folder (owner_id, state, id);
