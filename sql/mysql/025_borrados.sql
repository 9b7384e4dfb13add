-- Whose account was erased, as a digest of the folded name, so that nobody takes the name with the tokens that still name it.
-- `usuario` and `seudonimo`, under which their messages stay, stand here only until it is done.
CREATE TABLE IF NOT EXISTS borrados (
  clave CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  usuario VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  seudonimo VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  PRIMARY KEY (clave),
  UNIQUE KEY borrados_usuario (usuario)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_bin
