INSERT OR IGNORE INTO secuencia (nombre, valor) VALUES ('cambios', 0)
