"""A connection to a MySQL or MariaDB database for those that wait for it: migrations, copies, imports."""

# mypy: disable-error-code="no-untyped-call"

from typing import Any

import pymysql

from supportapp.store.addresses import mysql_arguments

CONNECT_TIMEOUT = 10  # seconds


def connect_mysql(url: str, **options: Any) -> Any:
    """A connection that speaks utf8mb4, with pymysql's `options`; raises pymysql's errors.

    Encrypted where `?ssl=` asks for it, as the application's own are. What the driver does unasked, to try and to
    verify nothing, protects nobody, and reads every certificate of the machine for each connection: 30 ms.
    """
    arguments = mysql_arguments(url)
    connection = pymysql.connect(
        database=arguments.pop("db"),
        **arguments,
        **options,
        connect_timeout=CONNECT_TIMEOUT,
        ssl_disabled="ssl" not in arguments,
    )
    with connection.cursor() as cursor:
        cursor.execute("SET NAMES utf8mb4")
    return connection
