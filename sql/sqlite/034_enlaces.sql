-- Links that were made for somebody: to register (`tipo` is invitacion, with the role `rol`) or to set a new password (clave, of
-- `usuario`). Of the secret in them only its hash is here; each works once (`usado`), until `caduca`.
CREATE TABLE IF NOT EXISTS enlaces (
  huella VARCHAR(64) NOT NULL PRIMARY KEY CHECK (length(huella) <= 64),
  tipo VARCHAR(16) NOT NULL CHECK (length(tipo) <= 16),
  usuario VARCHAR(64) NULL CHECK (length(usuario) <= 64),
  rol VARCHAR(10) NULL CHECK (length(rol) <= 10),
  quien VARCHAR(64) NULL CHECK (length(quien) <= 64),
  creado DATETIME NOT NULL,
  caduca DATETIME NOT NULL,
  usado DATETIME NULL,
  UNIQUE (usuario, huella),
  UNIQUE (caduca, huella)
) WITHOUT ROWID
