-- Every three letters in a row of a person's folded names: who has a part of a name is found without reading all names.
-- No foreign key: a message must never wait for, or be given up for, what keeps this table.
CREATE TABLE IF NOT EXISTS gramas (
  grama VARCHAR(3) NOT NULL,
  usuario VARCHAR(64) NOT NULL,
  PRIMARY KEY (grama, usuario),
  UNIQUE (usuario, grama)
) WITHOUT ROWID
