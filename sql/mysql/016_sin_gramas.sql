-- Whether `gramas` still has to be made: of a new person, of another name, whoever wrote it.
ALTER TABLE usuarios ADD COLUMN sin_gramas TINYINT(1) AS (gramas_de IS NULL OR gramas_de <> CONCAT(clave, ' ', nombre)) VIRTUAL
