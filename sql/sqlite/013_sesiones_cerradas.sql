-- Sessions that were signed out of, until no token of theirs can be used (`hasta`, seconds since 1970).
CREATE TABLE IF NOT EXISTS sesiones_cerradas (
  sesion TEXT NOT NULL PRIMARY KEY,
  hasta INTEGER NOT NULL
) WITHOUT ROWID
