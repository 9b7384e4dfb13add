CREATE INDEX IF NOT EXISTS usuarios_sin_gramas ON usuarios (sin_gramas)
