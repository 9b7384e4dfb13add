-- When a mark last moved, counted by the row `lecturas` of `secuencia` under its lock: processes follow it.
ALTER TABLE lecturas ADD COLUMN cambio BIGINT NOT NULL DEFAULT 0
