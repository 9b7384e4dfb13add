-- Every message. `id` comes from the counter in `secuencia` inside the writing transaction, on every database alike.
-- The last two UNIQUE are there for their indexes (the ranges of a person's history): `id` is unique anyway.
CREATE TABLE IF NOT EXISTS mensajes (
  id INTEGER NOT NULL PRIMARY KEY,
  de_usuario VARCHAR(64) NOT NULL REFERENCES usuarios (usuario),
  para_usuario VARCHAR(64) NOT NULL REFERENCES usuarios (usuario),
  mensaje TEXT NOT NULL CHECK (length(CAST(mensaje AS BLOB)) <= 65535),
  fecha DATETIME NOT NULL,
  de_admin BOOLEAN NOT NULL,
  numero INTEGER NOT NULL,
  id_cliente VARCHAR(64) NOT NULL CHECK (length(id_cliente) <= 64),
  huella CHAR(32) NOT NULL CHECK (length(huella) <= 32),
  UNIQUE (de_usuario, id_cliente),
  UNIQUE (de_usuario, id),
  UNIQUE (para_usuario, id)
)
