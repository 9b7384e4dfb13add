-- Whose account was erased, as a digest of the folded name, so that nobody takes the name with the tokens that still name it.
-- `usuario` and `seudonimo`, under which their messages stay, stand here only until it is done.
CREATE TABLE IF NOT EXISTS borrados (
  clave CHAR(32) NOT NULL PRIMARY KEY,
  usuario VARCHAR(64) NULL UNIQUE,
  seudonimo VARCHAR(64) NULL
) WITHOUT ROWID
