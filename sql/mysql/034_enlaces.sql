-- Links that were made for somebody: to register (`tipo` is invitacion, with the role `rol`) or to set a new password (clave, of
-- `usuario`). Of the secret in them only its hash is here; each works once (`usado`), until `caduca`.
CREATE TABLE IF NOT EXISTS enlaces (
  huella CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  tipo VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  usuario VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  rol VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NULL,
  quien VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  creado DATETIME(6) NOT NULL,
  caduca DATETIME(6) NOT NULL,
  usado DATETIME(6) NULL,
  PRIMARY KEY (huella),
  KEY enlaces_usuario (usuario),
  KEY enlaces_caduca (caduca)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_bin
