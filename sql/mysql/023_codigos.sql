-- What lets in once without the device of the second factor. `huella`: SHA-256 of a code of 80 random bits.
CREATE TABLE IF NOT EXISTS codigos (
  usuario VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  huella CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  usado DATETIME(6) NULL,
  PRIMARY KEY (usuario, huella)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_bin
