INSERT IGNORE INTO secuencia (nombre, valor) VALUES ('auditoria', 0)
