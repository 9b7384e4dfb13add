-- Sessions that were signed out of, until no token of theirs can be used (`hasta`, seconds since 1970).
CREATE TABLE IF NOT EXISTS sesiones_cerradas (
  sesion CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  hasta BIGINT NOT NULL,
  PRIMARY KEY (sesion)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_bin
