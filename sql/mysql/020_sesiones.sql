-- Where people are or were signed in. `sesion`: what a token's session is known by; `modo`: clave (a password of ours)
-- or sitio (a token that the owner's site made); `vista`: last use, to the minute; `fin`: no token of it counts later;
-- `cerrada`: it was ended before that, for the reason `motivo`.
CREATE TABLE IF NOT EXISTS sesiones (
  sesion CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  usuario VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  modo VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  creada DATETIME(6) NOT NULL,
  vista DATETIME(6) NOT NULL,
  fin DATETIME(6) NOT NULL,
  direccion VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  navegador VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  cerrada DATETIME(6) NULL,
  motivo VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NULL,
  PRIMARY KEY (sesion),
  KEY sesiones_usuario (usuario, fin),
  KEY sesiones_fin (fin)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_bin
