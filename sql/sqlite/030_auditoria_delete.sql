-- And is kept for 30 days whatever happens; what is older may be deleted by whoever tidies.
CREATE TRIGGER IF NOT EXISTS auditoria_delete BEFORE DELETE ON auditoria
WHEN OLD.fecha > datetime('now', '-30 days')
BEGIN SELECT RAISE(ABORT, 'auditoria keeps 30 days'); END
