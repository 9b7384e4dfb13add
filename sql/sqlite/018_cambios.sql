-- What else changed that pages and sockets follow (`clave` says of whom), counted by the row `cambios` of `secuencia`
-- under its lock: its order is the commit order. Old rows are deleted: whoever asks is complete without them.
CREATE TABLE IF NOT EXISTS cambios (
  id INTEGER NOT NULL PRIMARY KEY,
  tipo VARCHAR(32) NOT NULL CHECK (length(tipo) <= 32),
  clave VARCHAR(64) NOT NULL CHECK (length(clave) <= 64),
  fecha DATETIME NOT NULL
)
