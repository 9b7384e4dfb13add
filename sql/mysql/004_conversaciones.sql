-- One row for each person who has a conversation, kept in the transaction of the messages: the list is one indexed read.
CREATE TABLE IF NOT EXISTS conversaciones (
  usuario VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  ultimo_id BIGINT NOT NULL,
  ultimo_de VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  vista_previa VARCHAR(120) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  ultima_fecha DATETIME(6) NOT NULL,
  recibidos BIGINT NOT NULL DEFAULT 0,
  esperando_desde DATETIME(6) NULL,
  con_mesa TINYINT(1) NOT NULL DEFAULT 0,
  PRIMARY KEY (usuario),
  KEY conversaciones_ultimo_id (ultimo_id),
  CONSTRAINT conversaciones_usuario FOREIGN KEY (usuario) REFERENCES usuarios (usuario)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_bin
