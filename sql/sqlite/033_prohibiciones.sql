-- Who may not come in until `hasta`: a person (`tipo` is persona, `valor` their name) or a network (red, as 192.0.2.0/24).
CREATE TABLE IF NOT EXISTS prohibiciones (
  tipo VARCHAR(16) NOT NULL CHECK (length(tipo) <= 16),
  valor VARCHAR(64) NOT NULL CHECK (length(valor) <= 64),
  desde DATETIME NOT NULL,
  hasta DATETIME NOT NULL,
  quien VARCHAR(64) NULL CHECK (length(quien) <= 64),
  motivo VARCHAR(200) NULL CHECK (length(motivo) <= 200),
  PRIMARY KEY (tipo, valor)
) WITHOUT ROWID
