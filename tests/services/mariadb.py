"""A private MariaDB: real InnoDB, durable against its own death, fast because it does not wait for the disk."""

import os
import pwd
import subprocess
from pathlib import Path
from typing import Any

import pymysql

from tests.services.process import Service, require, which


class MariaDB(Service):
    """Listens on 127.0.0.1 only; the user `soporte` may do everything."""

    name = "mariadb"
    user = "soporte"
    password = "p@ss:/w%rd"  # has to survive the quoting in a URL

    def __init__(self, folder: Path, *options: str) -> None:
        super().__init__(folder)
        self._options = options
        self._program = require("mariadbd", "mysqld")
        self._data = folder / "data"
        self._temporary = folder / "tmp"  # a server that starts removes what others have in the same one

    def create(self) -> None:
        """Make the data folder and the account, once."""
        install = which("mariadb-install-db", "mysql_install_db")
        assert install, "mariadb-server has no mariadb-install-db"
        command = [
            install,
            "--no-defaults",
            f"--datadir={self._data}",
            f"--user={pwd.getpwuid(os.geteuid()).pw_name}",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
        ]
        self._data.mkdir(parents=True)
        self._temporary.mkdir()
        env = os.environ | {"TMPDIR": str(self._temporary)}
        made = subprocess.run(command, check=False, capture_output=True, text=True, env=env)
        if made.returncode != 0:
            raise RuntimeError(f"no data folder for MariaDB:\n{made.stdout}{made.stderr}")
        account = f"'{self.user}'@'127.0.0.1'"
        (self.folder / "account.sql").write_text(
            f"CREATE OR REPLACE USER {account} IDENTIFIED BY '{self.password}';\n"
            f"GRANT ALL ON *.* TO {account} WITH GRANT OPTION;\n"
        )

    def url(self, database: str, **options: str) -> str:
        query = "&".join(f"{key}={value}" for key, value in options.items())
        return f"mysql://{self.user}:p%40ss%3A%2Fw%25rd@127.0.0.1:{self.port}/{database}{'?' * bool(query)}{query}"

    def execute(self, *statements: str, database: str | None = None) -> list[dict[str, Any]]:
        """Run the statements as an administrator; the rows of the last one."""
        with (
            self.connect(database) as connection,
            connection.cursor(pymysql.cursors.DictCursor) as cursor,
        ):
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall())

    def connect(self, database: str | None = None) -> Any:
        """A connection of its own, in autocommit mode."""
        return pymysql.connect(
            host="127.0.0.1",
            port=self.port,
            user=self.user,
            password=self.password,
            database=database,
            charset="utf8mb4",
            autocommit=True,
            ssl_disabled=True,  # or each connection reads every certificate of the machine, which takes 30 ms
            connect_timeout=2,
        )

    def command(self) -> list[str]:
        return [
            self._program,
            "--no-defaults",
            f"--datadir={self._data}",
            f"--tmpdir={self._temporary}",
            f"--user={pwd.getpwuid(os.geteuid()).pw_name}",
            f"--port={self.port}",
            "--bind-address=127.0.0.1",
            f"--socket={self.folder / 'mariadb.sock'}",
            f"--pid-file={self.folder / 'mariadb.pid'}",
            f"--init-file={self.folder / 'account.sql'}",
            "--innodb-flush-log-at-trx-commit=2",  # survives kill -9 of the server, not of the machine
            "--innodb-buffer-pool-size=64M",
            "--innodb-log-file-size=32M",
            "--innodb-doublewrite=0",
            "--loose-innodb-flush-method=nosync",
            "--sync-frm=OFF",
            "--skip-name-resolve",
            "--skip-log-bin",
            "--performance-schema=OFF",
            "--character-set-server=latin1",  # the tables and sessions must not rely on the server's default
            "--transaction-isolation=REPEATABLE-READ",
            *self._options,
        ]

    def answers(self) -> bool:
        try:
            self.connect().close()
        except pymysql.Error:
            return False
        return True
