-- The desk's mailbox: always there, always an admin. It cannot sign in until a password is set.
INSERT OR IGNORE INTO usuarios (usuario, clave, nombre, rol, creado)
VALUES ('admin', 'admin', 'Soporte', 'admin', strftime('%Y-%m-%d %H:%M:%f', 'now') || '000')
