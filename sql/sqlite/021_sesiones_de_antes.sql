-- Those that were signed out of before there was a row for each: whose they were is not known.
INSERT OR IGNORE INTO sesiones (sesion, usuario, modo, creada, vista, fin, cerrada, motivo)
SELECT sesion, '', 'clave', datetime('now') || '.000000', datetime('now') || '.000000', datetime(hasta, 'unixepoch') || '.000000', datetime('now') || '.000000', 'salida' FROM sesiones_cerradas
