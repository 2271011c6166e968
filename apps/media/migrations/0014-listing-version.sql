-- Changes with what is listed in a folder (`root`: the top of the tree, `*`: anywhere), so that a listing that was kept is known to be the present one.
CREATE TABLE listing_version (
  tenant_id CHAR(36) NOT NULL,
  place CHAR(36) NOT NULL,
  slot SMALLINT NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, place, slot)
);
