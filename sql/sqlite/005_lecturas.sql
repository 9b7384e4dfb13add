-- How far `lector` has been delivered and has read the conversation of `usuario`. None of the marks ever goes back.
CREATE TABLE IF NOT EXISTS lecturas (
  lector VARCHAR(64) NOT NULL REFERENCES usuarios (usuario),
  usuario VARCHAR(64) NOT NULL REFERENCES usuarios (usuario),
  entregado_hasta INTEGER NOT NULL DEFAULT 0,
  leido_hasta INTEGER NOT NULL DEFAULT 0,
  recibidos_leidos INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (lector, usuario),
  UNIQUE (usuario, lector)
) WITHOUT ROWID
