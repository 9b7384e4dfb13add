"""TLS that was asked for is there, verified where that was asked for, or nothing is said to the server."""

import asyncio
import socket
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from supportapp.store.database import Database, DatabaseUnavailable
from supportapp.store.migrations import is_current, migrate
from tests.services.mariadb import MariaDB


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariaDB]:
    """A server with a certificate that nobody has reason to trust."""
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = self_signed(folder)
    server = MariaDB(folder, f"--ssl-cert={certificate}", f"--ssl-key={key}")
    server.create()
    server.start()
    server.execute("CREATE DATABASE soporte")
    yield server
    server.stop()


def self_signed(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    start = datetime(2020, 1, 1)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, start, start + timedelta(days=36500))
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )
    (folder / "cert.pem").write_bytes(certificate)
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return folder / "cert.pem", folder / "key.pem"


async def test_unverified_tls_encrypts(secure: MariaDB) -> None:
    url = secure.url("soporte", ssl="unverified")
    migrate(url, progress=lambda name: None)
    assert is_current(url)
    database = Database(url)
    await database.connect()
    row = await database.fetch_one("SHOW SESSION STATUS LIKE 'Ssl_cipher'")
    assert row is not None
    assert row["Value"]
    for _ in range(10):
        async with database.transaction() as connection:
            await connection.fetch_val("SELECT 1")
    await database.disconnect()


async def test_what_is_said_before_tls_does_not_count_as_said_inside(secure: MariaDB) -> None:
    """Somebody on the line adds to the server's greeting: an answer to what has not been asked yet."""
    with socket.create_connection(("127.0.0.1", secure.port)) as asked:
        greeting = asked.recv(1000)

    def answer() -> None:
        with between.accept()[0] as line:
            line.sendall(greeting + b"\x07\0\0\x02\0\0\0\x02\0\0\0")  # "well done"
            line.recv(1000)

    with socket.create_server(("127.0.0.1", 0)) as between:
        answering = asyncio.create_task(asyncio.to_thread(answer))
        url = secure.url("soporte", ssl="unverified")
        with pytest.raises(DatabaseUnavailable, match="out of turn"):
            await Database(url.replace(f":{secure.port}/", f":{between.getsockname()[1]}/")).connect()
        await answering


async def test_a_certificate_that_nobody_vouches_for_is_refused(secure: MariaDB) -> None:
    url = secure.url("soporte", ssl="true")
    with pytest.raises(DatabaseUnavailable, match="certificate"):
        await Database(url).connect()
    with pytest.raises(DatabaseUnavailable, match="certificate"):
        is_current(url)


async def test_a_server_without_tls_is_refused(mariadb_url: str, mariadb: MariaDB) -> None:
    assert mariadb.execute("SHOW VARIABLES LIKE 'have_ssl'")[0]["Value"] == "DISABLED", "premise"
    for mode in ("true", "unverified"):
        with pytest.raises(DatabaseUnavailable, match="TLS"):
            await Database(f"{mariadb_url}?ssl={mode}").connect()
        with pytest.raises(DatabaseUnavailable, match=r"TLS|SSL"):
            is_current(f"{mariadb_url}?ssl={mode}")
