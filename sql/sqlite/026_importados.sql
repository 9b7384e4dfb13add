-- Who of another system became which account here (`import-reference`): asked again, the answer stays the same.
CREATE TABLE IF NOT EXISTS importados (
  nombre VARCHAR(255) NOT NULL PRIMARY KEY CHECK (length(nombre) <= 255),
  usuario VARCHAR(64) NOT NULL CHECK (length(usuario) <= 64),
  imagen VARCHAR(255) NULL CHECK (length(imagen) <= 255)
) WITHOUT ROWID
