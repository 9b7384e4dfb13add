-- The `cambio` at which `leido_hasta` last moved: tells reading from mere delivery.
ALTER TABLE lecturas ADD COLUMN cambio_leido BIGINT NOT NULL DEFAULT 0
