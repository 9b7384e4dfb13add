-- The people. Names are exact (utf8mb4_bin); `clave` is the folded name, so that ADMIN, or admin with an accent, cannot be registered.
CREATE TABLE IF NOT EXISTS usuarios (
  usuario VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  clave VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  nombre VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci NOT NULL,
  rol VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  pass VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NULL,
  activo TINYINT(1) NOT NULL DEFAULT 1,
  sesiones_desde DATETIME(6) NULL,
  creado DATETIME(6) NOT NULL,
  PRIMARY KEY (usuario),
  UNIQUE KEY usuarios_clave (clave),
  CONSTRAINT usuarios_rol CHECK (rol IN ('admin', 'user'))
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_bin
