-- What lets in once without the device of the second factor. `huella`: SHA-256 of a code of 80 random bits.
CREATE TABLE IF NOT EXISTS codigos (
  usuario VARCHAR(64) NOT NULL CHECK (length(usuario) <= 64),
  huella CHAR(64) NOT NULL CHECK (length(huella) = 64),
  usado DATETIME NULL,
  PRIMARY KEY (usuario, huella)
) WITHOUT ROWID
