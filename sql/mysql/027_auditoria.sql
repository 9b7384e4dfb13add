-- Who changed what of whom, and what was refused. `quien` is NULL for the command line and for strangers; `veces`: so
-- often within a minute. Counted by the row `auditoria` of `secuencia`, without gaps. Only ever inserted:
-- the account of the application has SELECT and INSERT here (docs/operations.md, "The audit").
CREATE TABLE IF NOT EXISTS auditoria (
  id BIGINT NOT NULL,
  fecha DATETIME(6) NOT NULL,
  quien VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  que VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  a_quien VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  direccion VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  motivo VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  detalles VARCHAR(500) CHARACTER SET ascii COLLATE ascii_bin NULL,
  veces INT NOT NULL DEFAULT 1,
  PRIMARY KEY (id),
  KEY auditoria_quien (quien, id),
  KEY auditoria_a_quien (a_quien, id),
  KEY auditoria_que (que, id),
  KEY auditoria_fecha (fecha, id)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_bin
