-- How far `lector` has been delivered and has read the conversation of `usuario`. None of the marks ever goes back.
CREATE TABLE IF NOT EXISTS lecturas (
  lector VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  usuario VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  entregado_hasta BIGINT NOT NULL DEFAULT 0,
  leido_hasta BIGINT NOT NULL DEFAULT 0,
  recibidos_leidos BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (lector, usuario),
  KEY lecturas_usuario (usuario, lector),
  CONSTRAINT lecturas_lector FOREIGN KEY (lector) REFERENCES usuarios (usuario),
  CONSTRAINT lecturas_usuario FOREIGN KEY (usuario) REFERENCES usuarios (usuario)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_bin
