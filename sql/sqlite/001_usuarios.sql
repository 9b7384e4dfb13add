-- The people. Names are exact; `clave` is the folded name, so that ADMIN, or admin with an accent, cannot be registered.
-- SQLite does not keep VARCHAR lengths, so CHECK refuses what MySQL would refuse.
CREATE TABLE IF NOT EXISTS usuarios (
  usuario VARCHAR(64) NOT NULL PRIMARY KEY CHECK (length(usuario) <= 64),
  clave VARCHAR(255) NOT NULL UNIQUE CHECK (length(clave) <= 255),
  nombre VARCHAR(100) NOT NULL CHECK (length(nombre) <= 100),
  rol VARCHAR(10) NOT NULL CHECK (rol IN ('admin', 'user')),
  pass VARCHAR(255) NULL CHECK (length(pass) <= 255),
  activo BOOLEAN NOT NULL DEFAULT 1,
  sesiones_desde DATETIME NULL,
  creado DATETIME NOT NULL
) WITHOUT ROWID
