-- The second factor of whoever has one. `sellado`: the shared secret, encrypted under DATA_KEY; `paso`: the last time step
-- whose code was taken, which is not taken again; `desde` is empty until its owner has shown that the device knows it.
CREATE TABLE IF NOT EXISTS factores (
  usuario VARCHAR(64) NOT NULL PRIMARY KEY CHECK (length(usuario) <= 64),
  sellado VARCHAR(255) NOT NULL CHECK (length(sellado) <= 255),
  paso INTEGER NOT NULL DEFAULT 0,
  desde DATETIME NULL
) WITHOUT ROWID
