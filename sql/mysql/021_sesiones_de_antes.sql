-- Those that were signed out of before there was a row for each: whose they were is not known.
INSERT IGNORE INTO sesiones (sesion, usuario, modo, creada, vista, fin, cerrada, motivo)
SELECT sesion, '', 'clave', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), TIMESTAMPADD(SECOND, hasta, '1970-01-01 00:00:00'), UTC_TIMESTAMP(6), 'salida' FROM sesiones_cerradas
