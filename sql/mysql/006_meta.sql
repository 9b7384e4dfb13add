-- What is known about the database as a whole: 'epoca' is random, new when it is created or restored.
CREATE TABLE IF NOT EXISTS meta (
  clave VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  valor VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  PRIMARY KEY (clave)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_bin
