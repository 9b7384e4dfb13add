-- Where people are or were signed in. `sesion`: what a token's session is known by; `modo`: clave (a password of ours)
-- or sitio (a token that the owner's site made); `vista`: last use, to the minute; `fin`: no token of it counts later;
-- `cerrada`: it was ended before that, for the reason `motivo`.
CREATE TABLE IF NOT EXISTS sesiones (
  sesion VARCHAR(32) NOT NULL PRIMARY KEY CHECK (length(sesion) <= 32),
  usuario VARCHAR(64) NOT NULL CHECK (length(usuario) <= 64),
  modo VARCHAR(16) NOT NULL CHECK (length(modo) <= 16),
  creada DATETIME NOT NULL,
  vista DATETIME NOT NULL,
  fin DATETIME NOT NULL,
  direccion VARCHAR(64) NULL CHECK (length(direccion) <= 64),
  navegador VARCHAR(255) NULL CHECK (length(navegador) <= 255),
  cerrada DATETIME NULL,
  motivo VARCHAR(16) NULL CHECK (length(motivo) <= 16),
  UNIQUE (usuario, fin, sesion),
  UNIQUE (fin, sesion)
) WITHOUT ROWID
