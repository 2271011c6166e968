-- What was handled lately is counted by lane from the index alone.

DROP INDEX message_by_handled ON message;
CREATE INDEX message_by_handled ON message (state, handled_at, lane);
