-- The second factor of whoever has one. `sellado`: the shared secret, encrypted under DATA_KEY; `paso`: the last time step
-- whose code was taken, which is not taken again; `desde` is empty until its owner has shown that the device knows it.
CREATE TABLE IF NOT EXISTS factores (
  usuario VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  sellado VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  paso BIGINT NOT NULL DEFAULT 0,
  desde DATETIME(6) NULL,
  PRIMARY KEY (usuario)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_bin
