-- The desk's mailbox: always there, always an admin. It cannot sign in until a password is set.
INSERT IGNORE INTO usuarios (usuario, clave, nombre, rol, creado)
VALUES ('admin', 'admin', 'Soporte', 'admin', UTC_TIMESTAMP(6))
