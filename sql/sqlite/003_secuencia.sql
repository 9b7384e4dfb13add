-- The counter of `mensajes.id`.
CREATE TABLE IF NOT EXISTS secuencia (
  nombre VARCHAR(32) NOT NULL PRIMARY KEY,
  valor INTEGER NOT NULL
) WITHOUT ROWID
