-- The desk's account, and the first admin who can sign in, who may be another one. Run again it gives nobody else a right.
UPDATE usuarios SET administra = 1
WHERE rol = 'admin' AND NOT EXISTS (SELECT 1 FROM (SELECT usuario FROM usuarios WHERE administra = 1) AS already)
  AND (usuario = 'admin' OR usuario = (SELECT usuario FROM (SELECT usuario FROM usuarios
       WHERE rol = 'admin' AND activo = 1 AND pass IS NOT NULL ORDER BY creado, usuario LIMIT 1) AS able))
