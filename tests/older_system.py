"""A database of the older Node system, as its schema makes it."""

from collections.abc import Iterable, Sequence

from tests.services.mariadb import MariaDB

# bcrypt of "correcta-1234" with the lowest cost.
BCRYPT = "$2b$04$cgmW9AJMs/JHjQhpjm4xYOEuJvNKyJ3Hv/rjhXzaFQiosHyoP3Bka"
PEOPLE = (
    ("admin", "Mesa", "admin", BCRYPT, "a.png"),
    ("marta", "Marta", "admin", BCRYPT, None),
    ("pepe", "Pepe", "user", BCRYPT, "p.png"),
    ("Lucía", "Lucía Ñ", "user", BCRYPT, None),
    ("juan perez", "Juan", "user", BCRYPT, None),
)
MESSAGES = (
    ("pepe", "admin", "hola", "2024-01-01 10:00:00"),
    ("admin", "pepe", "buenas", "2024-01-01 10:01:00"),
    ("marta", "pepe", "soy marta 🙂 e\u0301", "2024-07-01 10:02:00"),
    ("Lucía", "admin", "<b>x</b>\r\notra", "2024-02-01 09:00:00"),
    ("juan perez", "admin", "largo", "2024-02-01 09:01:00"),
    ("borrado", "admin", "de un usuario borrado", "2024-02-01 09:02:00"),
)
Values = Sequence[Sequence[object]]


def older_system(
    server: MariaDB,
    name: str = "legacy",
    people: Values = PEOPLE,
    messages: Values = MESSAGES,
    collation: str = "utf8mb4_bin",
) -> str:
    """A new database with these people and messages `(de, para, mensaje, fecha)`; its URL."""
    server.execute(
        f"CREATE OR REPLACE DATABASE {name} CHARACTER SET utf8mb4 COLLATE {collation}",
        f"USE {name}",
        "CREATE TABLE usuarios (usuario VARCHAR(300) PRIMARY KEY, nombre VARCHAR(200), rol VARCHAR(20), pass VARCHAR(255), imagen VARCHAR(255))",
        "CREATE TABLE mensajes (id INT AUTO_INCREMENT PRIMARY KEY, de_usuario VARCHAR(300), para_usuario VARCHAR(300), "
        "mensaje LONGTEXT, fecha DATETIME DEFAULT CURRENT_TIMESTAMP)",
    )
    fill(server, name, "usuarios", ("usuario", "nombre", "rol", "pass", "imagen"), people)
    add_messages(server, name, messages)
    return server.url(name)


def add_messages(server: MariaDB, name: str, messages: Values) -> None:
    fill(server, name, "mensajes", ("de_usuario", "para_usuario", "mensaje", "fecha"), messages)


def fill(
    server: MariaDB, name: str, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    with server.connect(name) as connection, connection.cursor() as cursor:
        cursor.execute("SET sql_mode = ''")
        marks = ", ".join(["%s"] * len(columns))
        cursor.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", list(rows))
