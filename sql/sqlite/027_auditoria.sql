-- Who changed what of whom, and what was refused. `quien` is NULL for the command line and for strangers; `veces`: so
-- often within a minute. Counted by the row `auditoria` of `secuencia`, without gaps. Only ever inserted.
CREATE TABLE IF NOT EXISTS auditoria (
  id INTEGER NOT NULL PRIMARY KEY,
  fecha DATETIME NOT NULL,
  quien VARCHAR(64) NULL CHECK (length(quien) <= 64),
  que VARCHAR(32) NOT NULL CHECK (length(que) <= 32),
  a_quien VARCHAR(64) NULL CHECK (length(a_quien) <= 64),
  direccion VARCHAR(64) NULL CHECK (length(direccion) <= 64),
  motivo VARCHAR(200) NULL CHECK (length(motivo) <= 200),
  detalles VARCHAR(500) NULL CHECK (length(detalles) <= 500),
  veces INTEGER NOT NULL DEFAULT 1,
  UNIQUE (quien, id),
  UNIQUE (a_quien, id),
  UNIQUE (que, id),
  UNIQUE (fecha, id)
)
