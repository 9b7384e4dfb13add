-- When the text of a message was erased: `mensaje` and `huella`, by which it could be guessed, are empty then. Its place in the order stays.
ALTER TABLE mensajes ADD COLUMN borrado DATETIME NULL
