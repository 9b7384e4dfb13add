-- Who may not come in until `hasta`: a person (`tipo` is persona, `valor` their name) or a network (red, as 192.0.2.0/24).
CREATE TABLE IF NOT EXISTS prohibiciones (
  tipo VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  valor VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  desde DATETIME(6) NOT NULL,
  hasta DATETIME(6) NOT NULL,
  quien VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  motivo VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  PRIMARY KEY (tipo, valor)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_bin
