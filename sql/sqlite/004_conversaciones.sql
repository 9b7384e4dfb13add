-- One row for each person who has a conversation, kept in the transaction of the messages: the list is one indexed read.
-- UNIQUE (ultimo_id, usuario) is there for its index.
CREATE TABLE IF NOT EXISTS conversaciones (
  usuario VARCHAR(64) NOT NULL PRIMARY KEY REFERENCES usuarios (usuario),
  ultimo_id INTEGER NOT NULL,
  ultimo_de VARCHAR(64) NOT NULL,
  vista_previa VARCHAR(120) NOT NULL CHECK (length(vista_previa) <= 120),
  ultima_fecha DATETIME NOT NULL,
  recibidos INTEGER NOT NULL DEFAULT 0,
  esperando_desde DATETIME NULL,
  con_mesa BOOLEAN NOT NULL DEFAULT 0,
  UNIQUE (ultimo_id, usuario)
) WITHOUT ROWID
