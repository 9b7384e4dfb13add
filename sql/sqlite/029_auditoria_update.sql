-- What is written down stays as it is.
CREATE TRIGGER IF NOT EXISTS auditoria_update BEFORE UPDATE ON auditoria
BEGIN SELECT RAISE(ABORT, 'auditoria is never changed'); END
