-- What the clock has told by mail, so that it is told once.
CREATE TABLE mail_notice (
  kind VARCHAR(32) NOT NULL,
  -- A user, a tenant, or `house`.
  subject_id CHAR(36) NOT NULL,
  told_at BIGINT NOT NULL,
  -- How much was told. Of purges: those due up to then. Of failed messages: how many there were.
  told BIGINT NOT NULL,
  PRIMARY KEY (kind, subject_id)
);
