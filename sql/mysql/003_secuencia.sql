-- The counter of `mensajes.id`; its row is the lock that makes all writers take turns.
CREATE TABLE IF NOT EXISTS secuencia (
  nombre VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  valor BIGINT NOT NULL,
  PRIMARY KEY (nombre)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_bin
