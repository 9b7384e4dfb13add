"""The command line against each database."""

from pathlib import Path

import pytest

from tests.processes import SECRET, environment, free_port


@pytest.fixture
def env(database_url: str, tmp_path: Path) -> dict[str, str]:
    """The environment of a chat on a fresh migrated database."""
    return environment(
        DATABASE_URL=database_url,
        JWT_SECRET=SECRET,
        INSTANCE_DIR=tmp_path,
        HOST="127.0.0.1",
        PORT=free_port(),
    )
