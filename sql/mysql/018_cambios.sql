-- What else changed that pages and sockets follow (`clave` says of whom), counted by the row `cambios` of `secuencia`
-- under its lock: its order is the commit order. Old rows are deleted: whoever asks is complete without them.
CREATE TABLE IF NOT EXISTS cambios (
  id BIGINT NOT NULL,
  tipo VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  clave VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  fecha DATETIME(6) NOT NULL,
  PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_bin
