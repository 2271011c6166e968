-- Who listens to the hubs of all processes, where others may ask. See live/tell-subscriptions.ts.
CREATE TABLE live_process (
  id CHAR(36) NOT NULL PRIMARY KEY,
  -- 0: it was found dead, and comes back under another id.
  seen_at BIGINT NOT NULL
);

CREATE TABLE live_subscription (
  subscriber VARCHAR(64) NOT NULL,
  -- Among those of one subscriber.
  place INTEGER NOT NULL,
  process_id CHAR(36) NOT NULL,
  type VARCHAR(16) NOT NULL,
  match_text VARCHAR(512) NOT NULL,
  -- JSON.
  payload TEXT,
  PRIMARY KEY (subscriber, place)
);
CREATE INDEX live_subscription_of_process ON live_subscription (process_id);
