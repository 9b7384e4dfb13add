"""One MariaDB and one Redis for all schedules; each makes its own database in it."""

from collections.abc import Iterator

import pytest

from tests.faults.world import MARIADB_OPTIONS
from tests.services.mariadb import MariaDB


@pytest.fixture(scope="session")
def broken_mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MariaDB]:
    """A MariaDB that is set up as docs/operations.md says, to be broken."""
    server = MariaDB(tmp_path_factory.mktemp("broken"), *MARIADB_OPTIONS)
    server.create()
    server.start()
    yield server
    server.stop()
