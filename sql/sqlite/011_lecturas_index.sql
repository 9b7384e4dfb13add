CREATE INDEX IF NOT EXISTS lecturas_cambio ON lecturas (cambio)
