-- The names that `gramas` was made of; whoever changes `clave` or `nombre` need not know of it.
ALTER TABLE usuarios ADD COLUMN gramas_de VARCHAR(356) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL
