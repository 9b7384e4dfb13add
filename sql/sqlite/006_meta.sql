-- What is known about the database as a whole: 'epoca' is random, new when it is created or restored.
CREATE TABLE IF NOT EXISTS meta (
  clave VARCHAR(32) NOT NULL PRIMARY KEY,
  valor VARCHAR(255) NOT NULL
) WITHOUT ROWID
