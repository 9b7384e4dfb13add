-- Every message. `id` comes from the counter in `secuencia` inside the writing transaction: its order is the
-- commit order and it has no holes, which AUTO_INCREMENT cannot promise. Rows are never deleted.
CREATE TABLE IF NOT EXISTS mensajes (
  id BIGINT NOT NULL,
  de_usuario VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  para_usuario VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  mensaje TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  fecha DATETIME(6) NOT NULL,
  de_admin TINYINT(1) NOT NULL,
  numero BIGINT NOT NULL,
  id_cliente VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  huella CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY mensajes_id_cliente (de_usuario, id_cliente),
  KEY mensajes_de_usuario (de_usuario, id),
  KEY mensajes_para_usuario (para_usuario, id),
  CONSTRAINT mensajes_de FOREIGN KEY (de_usuario) REFERENCES usuarios (usuario),
  CONSTRAINT mensajes_para FOREIGN KEY (para_usuario) REFERENCES usuarios (usuario)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_bin
