-- Every three letters in a row of a person's folded names: who has a part of a name is found without reading all names.
-- No foreign key: a message must never wait for, or be given up for, what keeps this table.
CREATE TABLE IF NOT EXISTS gramas (
  grama VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  usuario VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  PRIMARY KEY (grama, usuario),
  KEY gramas_usuario (usuario)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_bin
