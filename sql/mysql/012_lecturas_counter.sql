INSERT IGNORE INTO secuencia (nombre, valor) VALUES ('lecturas', 0)
