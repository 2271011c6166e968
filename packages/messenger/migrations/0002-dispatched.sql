-- When a broker carries what is due: the instant at which a message was last handed to it. Its state is `dispatched` until a worker takes it;
-- `lease_until` then says when the broker is taken to have lost it.

ALTER TABLE message ADD COLUMN dispatched_at BIGINT;
