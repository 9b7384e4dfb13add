INSERT OR IGNORE INTO secuencia (nombre, valor) VALUES ('mensajes', 0)
