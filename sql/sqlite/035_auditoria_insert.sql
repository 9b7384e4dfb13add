-- A REPLACE deletes without asking the trigger of deletions.
CREATE TRIGGER IF NOT EXISTS auditoria_insert BEFORE INSERT ON auditoria
WHEN EXISTS (SELECT 1 FROM auditoria WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'auditoria is never changed'); END
