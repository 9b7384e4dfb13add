-- Whether an admin may also see to the people: accounts, roles, bans, the audit (`/administracion`).
ALTER TABLE usuarios ADD COLUMN administra BOOLEAN NOT NULL DEFAULT 0
